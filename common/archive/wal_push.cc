#include <fmt/format.h>

#include "common/archive/wal_archive.h"
#include "common/bytes/file_identity.h"
#include "common/bytes/files.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

Result<> copy_unchanging_file(const fs::path& path, ByteSink& sink) {
  const FileIdentity before = TRY(identity_of(path));
  const std::uint64_t copied = TRY(copy_file_to(path, sink));
  if (copied == before.size && TRY(identity_of(path)) == before) return {};
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
                                            const Sealing& sealing, const Sealed& sealed) {
  return push_from([&](ByteSink& sink) { return copy_unchanging_file(path, sink); },
                   names_.wal(name), sealing, sealed);
}

Result<WalArchive::Pushed> WalArchive::push_history(Timeline timeline, ByteView content,
                                                    const Sealing& sealing) {
  const WalName name{.kind = WalFileKind::timeline_history, .timeline = timeline};
  if (const auto history = TimelineHistory::parse(timeline, text_of(content)); !history) {
    return std::unexpected(history.error().within(name.to_text()));
  }
  return push_from([&](ByteSink& sink) { return sink.write(content); }, names_.wal(name), sealing,
                   {});
}

Result<WalArchive::Pushed> WalArchive::push_from(const Source& source, std::string_view object,
                                                 const Sealing& sealing, const Sealed& sealed) {
  const auto uploaded = upload(source, object, sealing, sealed);
  if (uploaded) return Pushed::stored;
  if (uploaded.error().kind == ErrorKind::exists) return compare(source, object);
  return std::unexpected(uploaded.error());
}

Result<> WalArchive::upload(const Source& source, std::string_view object, const Sealing& sealing,
                            const Sealed& sealed) {
  auto upload = TRY(store_.create(object));
  auto writer = TRY(SealedWriter::create(sealing, names_.identity(object), *upload));
  TRY(source(*writer));
  const SealedSummary summary = TRY(writer->finish());
  if (sealed) sealed(summary.stored_size);
  return upload->commit();
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
