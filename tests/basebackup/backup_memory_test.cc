#include "basebackup/backup_memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "basebackup/earlier_packs.h"
#include "common/bytes/files.h"
#include "common/bytes/little_endian.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

std::string path_of(int number) {
  return fmt::format("base/{}/{}", number % 7, number * 31);
}

FileEntry entry_of(int number) {
  FileEntry entry;
  entry.file = {.path = path_of(number),
                .mode = 0640,
                .size = static_cast<std::uint64_t>(number) * 1000,
                .modified = -number,
                .digest = {.kind = ContentDigest::Kind::chunked, .value = {1, 2, 3}},
                .runs = {{.pack = 3, .frame = 2, .offset = 1, .length = 77}}};
  entry.listed_path = "listed/" + entry.file.path;
  entry.listed_size = 5;
  entry.crc32c = 6;
  entry.chunks.resize(static_cast<std::size_t>(number % 3));
  return entry;
}

class Memory : public ::testing::Test {
 protected:
  void write(int files, const std::string& sealing = "") {
    auto spool = Spool::create().value();
    for (int i = 0; i < files; ++i) {
      Buffer encoded;
      append_entry(encoded, entry_of(i));
      spool->write(encoded).value();
    }
    const PackRecord pack{.number = 3,
                          .object = "orders/1/backup/x/pack-0001",
                          .header_size = 10,
                          .stored_size = 1000,
                          .frame_sizes = {20, 30, 40},
                          .plaintext_size = 12345};
    const auto written =
        write_backup_memory(path_, testing::sample_summary(),
                            {.sealing = sealing, .data_checksums = "on"}, {pack}, *spool);
    ASSERT_TRUE(written) << written.error().cause;
  }

  testing::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_ / "memory";
};

TEST_F(Memory, GivesBackWhatWasRemembered) {
  write(10, "a word");
  const auto memory = BackupMemory::open(path_);
  ASSERT_TRUE(memory) << memory.error().cause;
  EXPECT_EQ((*memory)->summary().id, testing::sample_summary().id);
  EXPECT_EQ((*memory)->sealing(), "a word");
  EXPECT_EQ((*memory)->data_checksums(), "on");
  ASSERT_EQ((*memory)->packs().size(), 1U);
  EXPECT_EQ((*memory)->packs()[0].plaintext_size, 12345U);
  EXPECT_EQ((*memory)->packs()[0].frame_sizes.size(), 3U);
  EXPECT_EQ((*memory)->in_use().at(3), 770U);
  const auto entry = (*memory)->find(path_of(5));
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->file.size, 5000U);
  EXPECT_EQ((*entry)->file.mode, 0640U);
  EXPECT_EQ((*entry)->file.modified, -5);
  EXPECT_EQ((*entry)->file.digest, entry_of(5).file.digest);
  EXPECT_EQ((*entry)->file.runs[0].length, 77U);
  EXPECT_EQ((*entry)->listed_path, "listed/" + path_of(5));
  EXPECT_EQ((*entry)->chunks.size(), 2U);
  struct stat seen {};
  ASSERT_EQ(::stat(path_.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777U, 0600U);
}

TEST_F(Memory, FindsFilesInAnyOrderAndNoOthers) {
  constexpr int kFiles = 3000;  // several blocks of the index
  write(kFiles);
  const auto memory = BackupMemory::open(path_).value();
  std::vector<int> order(kFiles);
  for (int i = 0; i < kFiles; ++i) order[static_cast<std::size_t>(i)] = i;
  const auto expect_all = [&] {
    for (const int number : order) {
      const auto entry = memory->find(path_of(number));
      ASSERT_TRUE(entry) << entry.error().cause;
      ASSERT_TRUE(*entry) << number;
      EXPECT_EQ((*entry)->file.path, path_of(number));
      const auto other = memory->find(path_of(number) + "_fsm");
      EXPECT_TRUE(other && !*other);
    }
  };
  expect_all();
  std::ranges::reverse(order);
  expect_all();
  std::ranges::shuffle(order, std::mt19937(1));
  expect_all();
}

TEST_F(Memory, IsReplacedAsAWhole) {
  write(10);
  write(2);
  const auto memory = BackupMemory::open(path_).value();
  EXPECT_TRUE(*memory->find(path_of(1)));
  EXPECT_FALSE(*memory->find(path_of(5)));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

// Version 1 had no word for data_checksums.
TEST_F(Memory, OfTheFirstVersionLeavesTheChecksumsUnknown) {
  write(0, "a word");
  Buffer bytes = read_file(path_, 1U << 20U).value();
  const std::string_view text = text_of(bytes);
  const auto end = static_cast<std::ptrdiff_t>(text.find("a word") + 6);
  bytes.erase(bytes.begin() + end, bytes.begin() + end + 6);
  bytes[14] = '1';
  const std::size_t footer = bytes.size() - 16 - sizeof(Digest);
  Buffer offsets;
  append_le(offsets, load_le<std::uint64_t>(bytes, footer) - 6);
  append_le(offsets, load_le<std::uint64_t>(bytes, footer + 8) - 6);
  bytes.resize(footer);
  bytes.insert(bytes.end(), offsets.begin(), offsets.end());
  const Digest digest = Sha256::of(bytes);
  bytes.insert(bytes.end(), digest.begin(), digest.end());
  std::ofstream(path_, std::ios::binary) << text_of(bytes);
  const auto memory = BackupMemory::open(path_);
  ASSERT_TRUE(memory) << memory.error().cause;
  EXPECT_EQ((*memory)->sealing(), "a word");
  EXPECT_EQ((*memory)->data_checksums(), "");
}

TEST_F(Memory, ThatIsNotThereIsToldFromADamagedOne) {
  const auto none = BackupMemory::open(path_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::absent);
}

TEST_F(Memory, HasAPlaceForEachStore) {
  EXPECT_NE(memory_path("/x", 1, "s3://a"), memory_path("/x", 1, "s3://b"));
  EXPECT_NE(memory_path("/x", 1, "s3://a"), memory_path("/x", 2, "s3://a"));
  EXPECT_EQ(memory_path("/x", 1, "s3://a"), memory_path("/x", 1, "s3://a"));
}

TEST_F(Memory, TellsSealingApart) {
  const auto key = SecretKey::generate();
  Sealing sealed;
  sealed.recipients = {key.recipient()};
  EXPECT_EQ(sealing_word({}), "");
  EXPECT_NE(sealing_word(sealed), sealing_word({}));
  EXPECT_EQ(sealing_word(sealed), sealing_word(sealed));
}

TEST(PackNames, TellTheirBackup) {
  EXPECT_EQ(backup_id_of_pack("orders/1/backup/20261121T0317/pack-0001"), "20261121T0317");
  for (const char* other : {"", "pack-0001", "orders/1/backup/x/manifest", "orders/1/wal/x/pack-1",
                            "orders/1/backup/x/y/pack-0001"}) {
    EXPECT_EQ(backup_id_of_pack(other), "") << other;
  }
}

}  // namespace
}  // namespace walden
