#include "common/store/directory_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "common/bytes/files.h"
#include "common/bytes/new_file.h"
#include "common/store/absence.h"
#include "common/store/directory_walk.h"
#include "common/store/object_error.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceSize = 256U << 10U;

// ENOTDIR: a part of the name is itself an object, so nothing can lie below it.
bool is_missing(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

std::optional<dev_t> device_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_dev;
}

// A run that was cut off can have made these directories and not come to their fsync. What lies in
// a directory that may not be opened is none of ours.
Result<> sync_way_to(const fs::path& directory) {
  for (fs::path at = directory; at.has_relative_path(); at = at.parent_path()) {
    if (device_of(at) != device_of(at.parent_path())) break;
    const auto synced = sync_directory(at.parent_path());
    if (!synced && synced.error().kind == ErrorKind::denied) break;
    if (!synced) return synced;
  }
  return {};
}

// Whether anything but temporaries lies in `directory`, which need not be there.
Result<bool> holds_objects(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().native().starts_with('.')) return true;
  }
  if (error && !is_missing(error.value())) {
    return fail_errno("list", directory.native(), error.value());
  }
  return false;
}

}  // namespace

class DirectoryStore::DirectoryUpload final : public Upload {
 public:
  DirectoryUpload(const DirectoryStore& store, std::string name, NewFile file)
      : store_(store), name_(std::move(name)), file_(std::move(file)) {}

  [[nodiscard]] Result<> write(ByteView bytes) override { return file_.write(bytes); }

  [[nodiscard]] Result<> commit() override {
    auto linked = file_.link_into_place();
    if (linked || linked.error().kind != ErrorKind::exists) return linked;
    // Whoever hears "exists" may rely on it: the other's link must be durable too.
    TRY(sync_directory(store_.path_of(name_).parent_path()));
    return object_exists(store_, name_);
  }

 private:
  const DirectoryStore& store_;
  std::string name_;
  NewFile file_;
};

DirectoryStore::DirectoryStore(const fs::path& root) : root_(root.lexically_normal()) {
  if (!root_.has_filename()) root_ = root_.parent_path();  // "/a/b/"
}

std::string DirectoryStore::describe() const {
  return "file://" + root_.native();
}

fs::path DirectoryStore::path_of(std::string_view name) const {
  return root_ / fs::path(name);
}

Result<> DirectoryStore::check_root() const {
  struct stat status {};
  const int error = ::stat(root_.c_str(), &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISDIR(status.st_mode)) return {};
  if (error != 0 && !is_missing(error)) return fail_errno("look at", root_.native(), error);
  return fail(ErrorKind::configuration,
              fmt::format("the store's directory {} is not there", root_.native()),
              fmt::format("Mount its file system. {}", kNoSecondArchive));
}

std::unexpected<Error> DirectoryStore::missing(std::string_view name) const {
  if (auto root = check_root(); !root) return std::unexpected(std::move(root).error());
  if (auto sure = check_absence(root_, name); !sure)
    return std::unexpected(std::move(sure).error());
  return object_absent(*this, name);
}

Result<std::unique_ptr<Upload>> DirectoryStore::create(std::string_view name) {
  TRY(check_object_name(name));
  TRY(check_root());
  const fs::path path = path_of(name);
  const fs::path directory = path.parent_path();
  const auto there = stat(name);
  if (there) {
    TRY(sync_directory(directory));
    return object_exists(*this, name);
  }
  if (there.error().kind != ErrorKind::absent) return std::unexpected(there.error());
  // An object there is proof that the way to it was made durable before: it spares the fsyncs.
  if (!TRY(holds_objects(directory))) TRY(create_directories_durably(root_, directory));
  // Housekeeping: where it is not allowed, that is no reason not to store the object.
  (void)remove_abandoned(directory);
  NewFile file = TRY(NewFile::create(path));
  return std::make_unique<DirectoryUpload>(*this, std::string(name), std::move(file));
}

Result<FileDescriptor> DirectoryStore::open_object(std::string_view name) const {
  TRY(check_object_name(name));
  const fs::path path = path_of(name);
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && is_missing(errno)) return missing(name);
  if (!fd) return fail_errno("open", path.native(), errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("look at", path.native(), errno);
  if (!S_ISREG(status.st_mode)) return no_regular_file(path);
  return fd;
}

Result<> DirectoryStore::read(std::string_view name, ByteRange range, ByteSink& sink) {
  const FileDescriptor fd = TRY(open_object(name));
  const fs::path path = path_of(name);
  const auto offset =
      static_cast<off_t>(std::min<std::uint64_t>(range.offset, std::numeric_limits<off_t>::max()));
  if (::lseek(fd.get(), offset, SEEK_SET) < 0) return fail_errno("seek in", path.native(), errno);
  Buffer piece(std::min<std::uint64_t>(kPieceSize, range.length));
  for (std::uint64_t left = range.length; left > 0;) {
    const std::span wanted = std::span(piece).first(std::min<std::uint64_t>(piece.size(), left));
    const std::size_t count = TRY(read_some(fd.get(), wanted, path));
    if (count > 0) TRY(sink.write(wanted.first(count)));
    if (count < wanted.size()) break;
    left -= count;
  }
  return {};
}

Result<ObjectEntry> DirectoryStore::stat(std::string_view name) {
  TRY(check_object_name(name));
  const fs::path path = path_of(name);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (is_missing(errno)) return missing(name);
    return fail_errno("look at", path.native(), errno);
  }
  if (!S_ISREG(status.st_mode)) return no_regular_file(path);
  return ObjectEntry{std::string(name), static_cast<std::uint64_t>(status.st_size),
                     status.st_mtim.tv_sec};
}

Result<> DirectoryStore::list(const ListRequest& request, const Visitor& visit) {
  TRY(check_root());
  return walk_directory(root_, request, visit);
}

Result<> DirectoryStore::create_root() {
  fs::path existing = root_;
  while (existing.has_relative_path() && ::access(existing.c_str(), F_OK) != 0) {
    existing = existing.parent_path();
  }
  TRY(sync_way_to(existing));
  return create_directories_durably(existing, root_);
}

}  // namespace walden
