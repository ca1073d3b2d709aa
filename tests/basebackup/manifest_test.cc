#include "basebackup/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/manifest_json.h"
#include "common/bytes/sealed_writer.h"
#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

const std::map<std::string, std::string> kFiles{
    {"PG_VERSION", "15\n"}, {"base/1/1", std::string(100'000, 'a')}, {"base/1/empty", ""}};

// Stores `lines` as the manifest of the sample backup, whatever they say.
void store_lines(MemoryStore& store, const std::vector<std::string>& lines) {
  const auto names = names_of(sample_summary());
  const auto object = names.manifest(sample_summary().id);
  auto upload = store.create(object);
  ASSERT_TRUE(upload);
  auto sealed = SealedWriter::create({}, names.identity(object), **upload);
  ASSERT_TRUE(sealed);
  for (const auto& line : lines) ASSERT_TRUE((*sealed)->write(bytes_of(line + "\n")));
  ASSERT_TRUE((*sealed)->finish());
  ASSERT_TRUE((*upload)->commit());
}

Result<Manifest> read_sample(Store& store) {
  return read_manifest(store, names_of(sample_summary()), sample_summary().id, {});
}

TEST(Manifest, ComesBackAsItWasWritten) {
  MemoryStore store;
  const auto written = store_sample_backup(store, sample_summary(), kFiles);
  const auto read = read_sample(store);
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(read->summary.database_size, 100'003U);
  EXPECT_EQ(read->packs.size(), written.packs.size());
  ASSERT_EQ(read->files.size(), 3U);
  EXPECT_EQ(read->files[1].path, "base/1/1");
  EXPECT_EQ(read->files[1].digest, written.files[1].digest);
  EXPECT_TRUE(read->files[2].runs.empty());
}

TEST(Manifest, ShowsItsSummaryFromTheFirstFrameAlone) {
  MemoryStore store;
  store_sample_backup(store, sample_summary(), kFiles);
  // What comes after the first frame may be lost: a listing must not depend on it.
  Buffer* object = store.content_of(names_of(sample_summary()).manifest(sample_summary().id));
  ASSERT_NE(object, nullptr);
  object->resize(object->size() - 200);
  const auto summary =
      read_summary(store, names_of(sample_summary()), sample_summary().id, Opening{});
  ASSERT_TRUE(summary) << summary.error().cause;
  EXPECT_EQ(summary->label, "nightly");
  EXPECT_FALSE(read_sample(store));
}

TEST(Manifest, IsNotOverwritten) {
  MemoryStore store;
  const auto manifest = store_sample_backup(store, sample_summary(), kFiles);
  const auto again = write_manifest(store, names_of(manifest.summary), manifest, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::exists);
}

TEST(Manifest, RefusesOneThatDescribesAnotherBackup) {
  MemoryStore store;
  BackupSummary other = sample_summary();
  other.id = "20261120T031702Z-tl1-01";
  store_lines(store, {to_json_line(other), to_json_line(ManifestEnd{})});
  const auto read = read_sample(store);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().cause, HasSubstr("20261120T031702Z-tl1-01"));
}

TEST(Manifest, RefusesLinesThatDoNotFitTogether) {
  const std::string summary = to_json_line(sample_summary());
  const std::string folder = names_of(sample_summary()).backup_prefix() + sample_summary().id;
  const auto pack_named = [](const std::string& object) {
    return to_json_line(PackRecord{
        .number = 1, .object = object, .header_size = 10, .stored_size = 100, .frame_sizes = {20}});
  };
  const std::string pack = pack_named(folder + "/pack-0001");
  const auto file = [](std::string path, std::uint32_t pack_number, std::uint32_t frame) {
    return to_json_line(FileRecord{.path = std::move(path),
                                   .size = 1,
                                   .runs = {{.pack = pack_number, .frame = frame, .length = 1}}});
  };
  const std::string end = to_json_line(ManifestEnd{.packs = 1, .files = 1});
  const std::vector<std::vector<std::string>> manifests{
      {},                                // nothing at all
      {pack, end},                       // no summary
      {summary, pack, file("a", 1, 0)},  // no end
      {summary, summary, pack, file("a", 1, 0), end},
      {summary, pack, pack, file("a", 1, 0), end},
      {summary, pack, end},                   // a file short
      {summary, pack, file("a", 2, 0), end},  // an unknown pack
      {summary, pack, file("a", 1, 1), end},  // a frame that the pack does not have
      {summary, pack_named("p"), file("a", 1, 0), end},
      {summary, pack_named(folder + "/manifest"), file("a", 1, 0), end},
      {summary, pack_named(folder + "/../x/pack-0001"), file("a", 1, 0), end},
      {summary, pack_named("other" + folder + "/pack-0001"), file("a", 1, 0), end},
      // A backup that the summary does not refer to.
      {summary, pack_named(folder + "9/pack-0001"), file("a", 1, 0), end},
      {summary, pack, file("../a", 1, 0), end},
      {summary, pack, file("/etc/passwd", 1, 0), end},
      {summary, pack, file("base/../../a", 1, 0), end},
      {summary, pack, file("a", 1, 0), end, file("b", 1, 0)},
  };
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    MemoryStore store;
    store_lines(store, manifests[i]);
    const auto read = read_sample(store);
    ASSERT_FALSE(read) << "case " << i;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt) << "case " << i;
  }
  MemoryStore store;
  store_lines(store, {summary, pack, file("a", 1, 0), end});
  const auto read = read_sample(store);
  EXPECT_TRUE(read) << read.error().cause;
}

TEST(ManifestError, NamesItsObjectOnce) {
  const std::string object = "orders/7/backup/x/manifest";
  const Error bare{ErrorKind::corrupt, "it ends after its header", ""};
  EXPECT_EQ(naming(object, bare).cause, object + ": it ends after its header");
  const Error named{ErrorKind::corrupt, "cannot open 7/backup/x/manifest: frame 0 is damaged", ""};
  EXPECT_EQ(naming(object, named).cause, named.cause);
}

}  // namespace
}  // namespace walden
