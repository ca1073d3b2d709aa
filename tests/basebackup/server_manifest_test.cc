#include "basebackup/server_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "basebackup/combined_backup.h"
#include "common/postgres/backup_manifest.h"
#include "common/postgres/crc32c.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

std::string entry(const std::string& path, int size) {
  return "{ \"Path\": \"" + path + "\", \"Size\": " + std::to_string(size) +
         ", \"Last-Modified\": \"2026-11-21 03:17:02 GMT\", \"Checksum-Algorithm\": \"SHA256\", "
         "\"Checksum\": \"" +
         std::string(64, 'a') + "\" }";
}

class ServerManifest : public ::testing::Test {
 protected:
  ServerManifest() { place_.pgdata = folder_.path(); }

  void write(const std::string& path, const std::string& content) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << content;
  }
  void write_manifest(const std::vector<std::string>& entries) {
    std::string text =
        "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 7,\n\"Files\": [\n";
    for (std::size_t i = 0; i < entries.size(); ++i) {
      text += entries[i] + (i + 1 < entries.size() ? ",\n" : "\n");
    }
    text +=
        "],\n\"WAL-Ranges\": [\n{ \"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": "
        "\"0/2000100\" }\n],\n";
    const std::string digest = to_hex(Sha256::of(bytes_of(text)));
    write("backup_manifest", text + "\"Manifest-Checksum\": \"" + digest + "\"}\n");
  }
  std::string text(const std::string& path) {
    std::ifstream file(folder_ / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  testing::TemporaryDirectory folder_;
  RestorePlace place_;
  RestoredTree tree_{place_};
};

TEST_F(ServerManifest, FitsItsOwnChecksumOnceAnEntryWasChanged) {
  write_manifest({entry("tablespace_map", 17), entry("PG_VERSION", 3)});
  ASSERT_TRUE(change_server_manifest(tree_, [](std::string line) -> Result<std::string> {
    if (path_of_entry(line) != "tablespace_map") return line;
    return entry_with_content(std::move(line), "16411 /srv/elsewhere\n");
  }));
  const auto parsed = parse_backup_manifest(text("backup_manifest"));
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(parsed->files.at(0).size, 21U);
  EXPECT_EQ(parsed->files.at(0).checksum, to_hex(Sha256::of(bytes_of("16411 /srv/elsewhere\n"))));
  EXPECT_EQ(parsed->files.at(1).checksum, std::string(64, 'a'));
}

TEST_F(ServerManifest, IsLeftAloneWithoutAChecksumOfItsOwn) {
  write("backup_manifest", "{}");
  ASSERT_TRUE(
      change_server_manifest(tree_, [](std::string line) { return Result<std::string>(line); }));
  EXPECT_EQ(text("backup_manifest"), "{}");
}

// What pg_combinebackup makes of it: 17 and later.
TEST_F(ServerManifest, OfAnIncrementalBackupNamesTheWholeFiles) {
  write("backup_label",
        "START WAL LOCATION: 0/2000028\nINCREMENTAL FROM LSN: 0/1000028\n"
        "INCREMENTAL FROM TLI: 1\nSTART TIMELINE: 1\n");
  write("base/5/1259", "whole");
  write("base/5/1260", "read again");
  write_manifest({entry("base/5/INCREMENTAL.1259", 12), entry("base/5/INCREMENTAL.1260", 12),
                  entry("base/5/1261", 3), entry("backup_label", 9)});
  CombinedBackup combined;
  combined.add({.path = "base/5/1259", .size = 5}, Crc32c::of(bytes_of("whole")));
  const auto finished = combined.finish(tree_);
  ASSERT_TRUE(finished) << finished.error().cause;
  const std::string label = "START WAL LOCATION: 0/2000028\nSTART TIMELINE: 1\n";
  EXPECT_EQ(text("backup_label"), label);
  const auto parsed = parse_backup_manifest(text("backup_manifest"));
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(parsed->files.at(0).path, "base/5/1259");
  EXPECT_EQ(parsed->files.at(0).size, 5U);
  EXPECT_EQ(parsed->files.at(0).checksum_algorithm, "CRC32C");
  EXPECT_EQ(parsed->files.at(1).path, "base/5/1260");
  EXPECT_EQ(parsed->files.at(1).size, 10U);
  EXPECT_EQ(parsed->files.at(2).checksum, std::string(64, 'a'));
  EXPECT_EQ(parsed->files.at(3).size, label.size());
  EXPECT_EQ(parsed->system_identifier, 7U);
}

}  // namespace
}  // namespace walden
