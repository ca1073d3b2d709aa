#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/archive/wal_archive.h"
#include "common/bytes/files.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// Enough to see that a file is still the one that it was.
struct FileState {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool operator==(const FileState&) const = default;
};

Result<FileState> state_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail_errno("look at", path.native(), errno);
  return FileState{status.st_ino, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec,
                   status.st_mtim.tv_nsec};
}

Result<> copy_unchanging_file(const fs::path& path, ByteSink& sink) {
  const FileState before = TRY(state_of(path));
  const std::uint64_t copied = TRY(copy_file_to(path, sink));
  if (copied == before.size && TRY(state_of(path)) == before) return {};
  return fail(ErrorKind::transient,
              fmt::format("{} changed while it was being read", path.native()),
              "See who writes to it: PostgreSQL offers only segments that it has finished");
}

class DigestSink final : public ByteSink {
 public:
  [[nodiscard]] Result<> write(ByteView bytes) override {
    sha256_.update(bytes);
    return {};
  }
  [[nodiscard]] Digest finish() { return sha256_.finish(); }

 private:
  Sha256 sha256_;
};

std::string short_hex(const Digest& digest) {
  return to_hex(ByteView(digest).first(8));
}

}  // namespace

Result<WalArchive::Pushed> WalArchive::push(const fs::path& path, const WalName& name,
                                            const Sealing& sealing) {
  return push_from([&](ByteSink& sink) { return copy_unchanging_file(path, sink); },
                   names_.wal(name), sealing);
}

Result<WalArchive::Pushed> WalArchive::push_history(Timeline timeline, ByteView content,
                                                    const Sealing& sealing) {
  const WalName name{.kind = WalFileKind::timeline_history, .timeline = timeline};
  if (const auto history = TimelineHistory::parse(timeline, text_of(content)); !history) {
    return std::unexpected(history.error().within(name.to_text()));
  }
  return push_from([&](ByteSink& sink) { return sink.write(content); }, names_.wal(name), sealing);
}

Result<WalArchive::Pushed> WalArchive::push_from(const Source& source, std::string_view object,
                                                 const Sealing& sealing) {
  const auto uploaded = upload(source, object, sealing);
  if (uploaded) return Pushed::stored;
  if (uploaded.error().kind == ErrorKind::exists) return compare(source, object);
  return std::unexpected(uploaded.error());
}

Result<SealedSummary> WalArchive::upload(const Source& source, std::string_view object,
                                         const Sealing& sealing) {
  auto upload = TRY(store_.create(object));
  auto writer = TRY(SealedWriter::create(sealing, names_.identity(object), *upload));
  TRY(source(*writer));
  SealedSummary summary = TRY(writer->finish());
  TRY(upload->commit());
  return summary;
}

Result<Digest> WalArchive::stored_content_id(std::string_view object) {
  StoredObjectChecker checker(names_.identity(object));
  TRY(store_.read(object, {}, checker));
  return checker.finish();
}

Result<WalArchive::Pushed> WalArchive::compare(const Source& source, std::string_view object) {
  const ObjectIdentity identity = names_.identity(object);
  const auto there = stored_content_id(object);
  if (!there && there.error().kind == ErrorKind::corrupt) {
    Error error = there.error().within(store_.describe());
    error.remedy = "Walden never deletes: move the damaged object away, then it is stored again";
    return std::unexpected(std::move(error));
  }
  if (!there) return std::unexpected(there.error());
  DigestSink digest;
  TRY(source(digest));
  const Digest here = content_id(identity, digest.finish());
  if (here == *there) return Pushed::already;
  return fail(ErrorKind::exists,
              fmt::format("{} is in {} with other content (there {}, here {})", object,
                          store_.describe(), short_hex(*there), short_hex(here)),
              "Two servers may be archiving to one place: give each its own cluster, and turn "
              "archiving off in copies");
}

}  // namespace walden
