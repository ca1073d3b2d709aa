// A second backup stores what has changed, and refers to the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/basebackup/pushed_backups.h"
#include "tests/postgres/tar_stream.h"

namespace walden::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const FileRecord& file_of(const Manifest& manifest, const std::string& path) {
  return *std::ranges::find(manifest.files, path, &FileRecord::path);
}

std::uint64_t own_bytes(const Manifest& manifest, const FileRecord& file) {
  std::uint64_t bytes = 0;
  for (const auto& run : file.runs) {
    const auto pack = std::ranges::find(manifest.packs, run.pack, &PackRecord::number);
    if (pack != manifest.packs.end() && pack->object.find(manifest.summary.id) != std::string::npos)
      bytes += run.length;
  }
  return bytes;
}

Files sample_files() {
  return {{"base/5/1", noise(5 * kFrameSize + 3 * kBlock, 1)},
          {"base/5/2", noise(kFrameSize / 4, 2)},
          {"base/5/3", noise(3 * kBlock, 3)},
          {"base/5/4", ""},
          {"global/pg_control", noise(kBlock, 4)},
          {"postgresql.conf", "work_mem = 8MB\n"}};
}

class References : public ::testing::Test {
 protected:
  PushedBackups backups;
  Files files = sample_files();
};

TEST_F(References, TakeThePlaceOfEverythingThatHasNotChanged) {
  const auto first = backups.push(files);
  const auto second = backups.push(files);
  EXPECT_THAT(first.summary.references, IsEmpty());
  EXPECT_THAT(second.summary.references, ElementsAre(first.summary.id));
  for (const auto& file : second.files) {
    if (file.path != "backup_manifest") {
      EXPECT_EQ(own_bytes(second, file), 0U) << file.path;
    }
  }
  EXPECT_EQ(backups.contents_of(second), files);
  EXPECT_EQ(file_of(second, "base/5/1").digest, file_of(first, "base/5/1").digest);
}

TEST_F(References, AreMadeMiBByMiB) {
  backups.push(files);
  files["base/5/1"][2 * kFrameSize + 77] ^= 1;
  files["base/5/3"][0] ^= 1;
  const auto second = backups.push(files);
  EXPECT_EQ(own_bytes(second, file_of(second, "base/5/1")), kFrameSize);
  EXPECT_EQ(own_bytes(second, file_of(second, "base/5/3")), 3 * kBlock);
  EXPECT_EQ(own_bytes(second, file_of(second, "base/5/2")), 0U);
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, FollowAFileThatGrowsOrShrinks) {
  backups.push(files);
  files["base/5/1"] += noise(kFrameSize, 9);
  files["base/5/2"].resize(1000);
  const auto grown = backups.push(files);
  EXPECT_EQ(backups.contents_of(grown), files);
  EXPECT_LT(own_bytes(grown, file_of(grown, "base/5/1")), 3 * kFrameSize);
  files["base/5/1"].resize(2 * kFrameSize);
  const auto cut = backups.push(files);
  EXPECT_EQ(backups.contents_of(cut), files);
  EXPECT_EQ(own_bytes(cut, file_of(cut, "base/5/1")), 0U);
}

TEST_F(References, PointToThePackThatHoldsTheBytesNeverThroughAnotherBackup) {
  const auto first = backups.push(files);
  files["base/5/2"][0] ^= 1;
  backups.push(files);
  const auto third = backups.push(files);
  EXPECT_EQ(file_of(third, "base/5/1").runs.size(), file_of(first, "base/5/1").runs.size());
  EXPECT_EQ(third.summary.references.size(), 2U);
  EXPECT_EQ(backups.contents_of(third), files);
}

TEST_F(References, AreFoundWhateverTheOrder) {
  backups.push(files);
  files["base/5/0"] = noise(100, 5);
  files.erase("base/5/3");
  files["a"] = "new";
  const auto second = backups.push(files);
  EXPECT_EQ(own_bytes(second, file_of(second, "base/5/1")), 0U);
  EXPECT_EQ(own_bytes(second, file_of(second, "postgresql.conf")), 0U);
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, AreNotMadeWhenAFullBackupIsAskedFor) {
  backups.push(files);
  const auto second = backups.push(files, {.full = true});
  EXPECT_THAT(second.summary.references, IsEmpty());
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, AreNotMadeToAPackThatIsGone) {
  const auto first = backups.push(files);
  backups.store().erase(first.packs[0].object);
  const auto second = backups.push(files);
  EXPECT_THAT(second.summary.references, IsEmpty());
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, AreNotMadeToAPackOfAnotherSize) {
  const auto first = backups.push(files);
  backups.store().content_of(first.packs[0].object)->push_back(0);
  EXPECT_THAT(backups.push(files).summary.references, IsEmpty());
}

// The backup has gone, and its packs have stayed because others refer to them.
TEST_F(References, OutliveTheBackupThatStoredThePack) {
  const auto first = backups.push(files);
  backups.store().erase(backups.names().manifest(first.summary.id));
  const auto second = backups.push(files);
  EXPECT_THAT(second.summary.references, ElementsAre(first.summary.id));
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, AreNotMadeToWhatIsBeingDeleted) {
  const auto first = backups.push(files);
  const auto mark = backups.names().condemned_mark(first.summary.id);
  ASSERT_TRUE(create_object(backups.store(), mark, bytes_of("x")));
  EXPECT_THAT(backups.push(files).summary.references, IsEmpty());
}

TEST_F(References, AreNotMadeToAPackOfWhichHardlyAnythingIsNeeded) {
  const auto first = backups.push(files);
  files["base/5/1"] = noise(files["base/5/1"].size(), 8);  // most of the first pack
  const auto second = backups.push(files);
  EXPECT_THAT(second.summary.references, ElementsAre(first.summary.id));
  const auto third = backups.push(files);
  EXPECT_THAT(third.summary.references, ElementsAre(second.summary.id));
  EXPECT_EQ(backups.contents_of(third), files);
}

TEST_F(References, MayGoBehindTheBackupThatIsNotRemembered) {
  const auto first = backups.push(files);
  files["base/5/2"][0] ^= 1;
  backups.push(files, {.remembered = false});
  const auto third = backups.push(files);
  EXPECT_THAT(third.summary.references, ElementsAre(first.summary.id));
  EXPECT_EQ(backups.contents_of(third), files);
}

TEST_F(References, OfADamagedMemoryAreNone) {
  backups.push(files);
  const auto size = std::filesystem::file_size(backups.memory());
  for (const auto at : {std::uintmax_t{0}, size / 3, size / 2, size - 40, size - 1}) {
    std::fstream file(backups.memory(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char before = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(before ^ 1));
    file.close();
    const auto memory = BackupMemory::open(backups.memory());
    ASSERT_FALSE(memory) << at;
    EXPECT_EQ(memory.error().kind, ErrorKind::corrupt) << at;
    std::fstream again(backups.memory(), std::ios::in | std::ios::out | std::ios::binary);
    again.seekp(static_cast<std::streamoff>(at));
    again.put(before);
  }
  EXPECT_TRUE(BackupMemory::open(backups.memory()));
  for (const auto cut : {size - 1, size / 2, std::uintmax_t{20}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(backups.memory(), cut);
    EXPECT_FALSE(BackupMemory::open(backups.memory())) << cut;
  }
}

TEST_F(References, ReachAcrossPacks) {
  backups.push(files, {.pack_size = kFrameSize});
  files["base/5/1"][0] ^= 1;
  const auto second = backups.push(files, {.pack_size = kFrameSize});
  EXPECT_EQ(own_bytes(second, file_of(second, "base/5/1")), kFrameSize);
  EXPECT_EQ(backups.contents_of(second), files);
}

TEST_F(References, CompleteAFileOfWhichOnlyBlocksCame) {
  const auto first = backups.push(files);
  auto& table = files["base/5/1"];
  table.replace(7 * kBlock, kBlock, noise(kBlock, 20));
  table.replace(200 * kBlock, 2 * kBlock, noise(2 * kBlock, 21));
  const auto second = backups.push(files, {.incremental = true});
  const auto& file = file_of(second, "base/5/1");
  EXPECT_EQ(own_bytes(second, file), 3 * kBlock);
  EXPECT_EQ(file.digest.kind, ContentDigest::Kind::none);
  EXPECT_EQ(file_of(second, "base/5/2").digest, file_of(first, "base/5/2").digest);
  EXPECT_EQ(backups.contents_of(second), files);
}

// A MiB that is again what it was before the blocks came lies elsewhere by now.
TEST_F(References, AreNotMadeByADigestFromBeforeTheBlocks) {
  const std::string before = files["base/5/1"];
  backups.push(files);
  files["base/5/1"].replace(7 * kBlock, kBlock, noise(kBlock, 20));
  backups.push(files, {.incremental = true});
  files["base/5/1"] = before;
  EXPECT_EQ(backups.contents_of(backups.push(files)), files);
}

TEST_F(References, CompleteAFileThatWasCutOffOrExtended) {
  backups.push(files);
  files["base/5/1"].resize(files["base/5/1"].size() + 40 * kBlock);  // zeros
  files["base/5/3"].resize(kBlock);
  const auto second = backups.push(files, {.incremental = true});
  EXPECT_EQ(backups.contents_of(second), files);
  files["base/5/3"].resize(2 * kBlock);  // what was cut off does not come back
  const auto third = backups.push(files, {.incremental = true});
  EXPECT_EQ(backups.contents_of(third), files);
}

// PostgreSQL does not start from what calls itself incremental.
TEST_F(References, LeaveABackupLabelThatSpeaksOfAFullBackup) {
  files["backup_label"] = "START WAL LOCATION: 0/2\nLABEL: x\n";
  backups.push(files);
  files["backup_label"] =
      "START WAL LOCATION: 0/4\nINCREMENTAL FROM LSN: 0/2\nINCREMENTAL FROM TLI: 1\nLABEL: x\n";
  const auto second = backups.push(files, {.incremental = true});
  EXPECT_EQ(backups.content_of(second, "backup_label"), "START WAL LOCATION: 0/4\nLABEL: x\n");
  EXPECT_EQ(file_of(second, "backup_label").size, 33U);
}

TEST_F(References, AreRefusedForAFileOfWhichNothingIsKnown) {
  const Sealing sealing{.threads = 1};
  BackupRecorder recorder(
      [&](const BackupStart&) -> Result<std::unique_ptr<PackWriter>> {
        return std::make_unique<PackWriter>(backups.store(), backups.names(), "x", sealing);
      },
      [](std::uint64_t) {}, [] {}, {}, kBlocks);
  ASSERT_TRUE(recorder.started({}));
  ASSERT_TRUE(recorder.begin_archive({}));
  const auto refused = recorder.archive_data(
      bytes_of(tar_member({.path = "base/5/INCREMENTAL.1", .content = std::string(12, '\0')})));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().cause, HasSubstr("what has changed of base/5/1"));
}

TEST_F(References, LeaveAScatteredFileToBeStoredWhole) {
  files = {{"base/5/1", noise(512 * kBlock, 1)}};
  backups.push(files);
  std::mt19937 random(7);
  std::size_t most = 0;
  bool whole = false;
  for (int generation = 0; generation < 12; ++generation) {
    for (int i = 0; i < 12; ++i) {
      const auto block = random() % 512;
      files["base/5/1"].replace(block * kBlock, kBlock, noise(kBlock, random()));
    }
    const auto manifest = backups.push(files, {.incremental = true});
    const auto& file = file_of(manifest, "base/5/1");
    most = std::max(most, file.runs.size());
    whole = whole || file.digest.kind == ContentDigest::Kind::chunked;
    EXPECT_EQ(backups.contents_of(manifest), files);
  }
  EXPECT_TRUE(whole);
  EXPECT_LE(most, 64U + 2 * 12U + 1);
}

// Any history of changes: every generation's runs give its content.
TEST_F(References, RebuildEveryGeneration) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    PushedBackups history;
    Files now = {{"base/5/1", noise((300 + seed) * kBlock, seed)},
                 {"base/5/2", noise(20 * kBlock, seed + 50)},
                 {"base/5/3", ""},
                 {"postgresql.conf", "x"}};
    std::vector<std::pair<Manifest, Files>> generations;
    for (int generation = 0; generation < 8; ++generation) {
      const PushedAs how{.incremental = random() % 3 != 0,
                         .full = random() % 7 == 0,
                         .remembered = random() % 4 != 0,
                         .pack_size = random() % 2 == 0 ? kFrameSize : std::uint64_t{1} << 30U};
      generations.emplace_back(history.push(now, how), now);
      for (auto& [path, content] : now) {
        if (!path.starts_with("base/")) continue;
        if (random() % 4 == 0) content.resize(random() % 400 * kBlock);
        for (auto changes = random() % 10; changes > 0 && !content.empty(); --changes) {
          const auto block = random() % (content.size() / kBlock);
          content.replace(block * kBlock, kBlock, noise(kBlock, random()));
        }
      }
      now["base/5/" + std::to_string(10 + generation)] = noise(random() % 5 * kBlock, random());
    }
    for (const auto& [manifest, content] : generations) {
      EXPECT_TRUE(history.contents_of(manifest) == content) << seed << " " << manifest.summary.id;
    }
  }
}

}  // namespace
}  // namespace walden::testing
