#include "basebackup/check_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "basebackup/check_space.h"
#include "basebackup/empty_directory.h"
#include "common/bytes/new_file.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCreate = "create";
constexpr std::string_view kSpace = "space";
constexpr std::string_view kPlace = "place";

// Removed whatever happens; after a crash, by a later check.
class ProbeFile {
 public:
  explicit ProbeFile(const fs::path& folder)
      : path_(folder / fmt::format("{}check-{}", kTemporaryPrefix, ::getpid())) {}
  ProbeFile(const ProbeFile&) = delete;
  ProbeFile& operator=(const ProbeFile&) = delete;
  ~ProbeFile() {
    std::error_code ignored;  // nothing was made, then
    fs::remove(path_, ignored);
  }

  // Written, synced and linked, as an object is.
  [[nodiscard]] Result<> create() const {
    NewFile file = TRY(NewFile::create(path_));
    TRY(file.write(bytes_of("basebackup check\n")));
    return file.link_into_place();
  }

 private:
  fs::path path_;
};

Fact check_create(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return not_asked(kCreate, fmt::format("{} is not there", folder.native()));
  }
  (void)remove_abandoned(folder);  // where that is not allowed, the probe says so
  const ProbeFile probe(folder);
  if (const auto created = probe.create(); !created) return failing(kCreate, created.error());
  const auto again = probe.create();
  if (again) {
    return failing(kCreate, "this file system lets a link overwrite a file",
                   "keep the store on a POSIX file system");
  }
  if (again.error().kind != ErrorKind::exists) return failing(kCreate, again.error());
  return good(kCreate, "may write, fsync works, nothing is overwritten");
}

Fact check_place(const fs::path& root, const ServerLook& server) {
  if (!server.data_directory) {
    return not_asked(kPlace, "the server's data directory is not seen here");
  }
  const auto store = space_at(root);
  const auto data = space_at(*server.data_directory);
  if (!store || !data) return not_asked(kPlace, (store ? data : store).error().cause);
  if (store->device != data->device) {
    return good(kPlace, "another file system than the data directory's");
  }
  return warning(kPlace, "on the data directory's own file system: one disk takes both",
                 "keep the store on another disk, better on another host");
}

}  // namespace

Facts check_directory(const DirectoryStore& store, const std::string& cluster,
                      const ServerLook& server) {
  const fs::path& root = store.root();
  return {check_create(root / cluster), check_space_at(kSpace, root, server.segment_size),
          check_place(root, server)};
}

}  // namespace walden
