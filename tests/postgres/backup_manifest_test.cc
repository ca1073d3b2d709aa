#include "common/postgres/backup_manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/bytes/sha256.h"

namespace walden {
namespace {

const std::string kSha256 = std::string(64, 'a');
const std::string kFile = R"({ "Path": "base/1/2", "Size": 8192,)"
                          R"( "Last-Modified": "2026-11-21 02:00:00 GMT",)"
                          R"( "Checksum-Algorithm": "SHA256", "Checksum": ")" +
                          kSha256 + "\" }";
const std::string kRange = R"({ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" })";

std::string sealed(const std::string& body) {
  return body + "\"Manifest-Checksum\": \"" + to_hex(Sha256::of(bytes_of(body))) + "\"}\n";
}

std::string manifest(const std::string& files, const std::string& ranges = kRange,
                     const std::string& head = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n") {
  return sealed(head + "\"Files\": [\n" + files + "\n],\n\"WAL-Ranges\": [\n" + ranges + "\n],\n");
}

bool refuses(const std::string& json) {
  const auto result = parse_backup_manifest(json);
  return !result && result.error().kind == ErrorKind::corrupt;
}

TEST(BackupManifest, ReadsVersion1) {
  const auto read = parse_backup_manifest(manifest(kFile));
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(read->version, 1);
  EXPECT_EQ(read->system_identifier, 0U);
  ASSERT_EQ(read->files.size(), 1U);
  EXPECT_EQ(read->files[0].path, "base/1/2");
  EXPECT_EQ(read->files[0].size, 8192U);
  EXPECT_EQ(read->files[0].checksum_algorithm, "SHA256");
  EXPECT_EQ(read->files[0].checksum, kSha256);
  ASSERT_EQ(read->wal_ranges.size(), 1U);
  EXPECT_EQ(read->wal_ranges[0].timeline, 1U);
  EXPECT_EQ(read->wal_ranges[0].start.to_text(), "0/2000028");
  EXPECT_EQ(read->wal_ranges[0].end.to_text(), "0/2000100");
}

TEST(BackupManifest, ReadsVersion2AndItsSystemIdentifier) {
  const std::string head =
      "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": "
      "17438201938475610283,\n";
  const auto read = parse_backup_manifest(manifest(kFile, kRange, head));
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(read->version, 2);
  EXPECT_EQ(read->system_identifier, 17438201938475610283U);
  EXPECT_TRUE(refuses(manifest(kFile, kRange, "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n")));
}

TEST(BackupManifest, AsksForAnUpgradeWhenItIsNewer) {
  const auto read = parse_backup_manifest(
      manifest(kFile, kRange, "{ \"PostgreSQL-Backup-Manifest-Version\": 3,\n"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::configuration);
}

TEST(BackupManifest, DecodesPathsThatAreNotUtf8) {
  const auto read =
      parse_backup_manifest(manifest(R"({ "Encoded-Path": "6261736520ff", "Size": 0 })"));
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(read->files[0].path, "base \xFF");
  EXPECT_EQ(read->files[0].checksum_algorithm, "");
}

TEST(BackupManifest, RefusesPathsThatLeadElsewhere) {
  for (const char* path : {"", "/etc/passwd", "../x", "a/../x", "a//x", "./x", "a/", "a\\u0000b"}) {
    EXPECT_TRUE(refuses(manifest(fmt::format(R"({{ "Path": "{}", "Size": 0 }})", path)))) << path;
  }
  EXPECT_TRUE(refuses(manifest(R"({ "Encoded-Path": "2f61", "Size": 0 })")));  // "/a"
  EXPECT_TRUE(refuses(manifest(R"({ "Encoded-Path": "6100", "Size": 0 })")));  // NUL
  EXPECT_TRUE(refuses(manifest(R"({ "Encoded-Path": "616", "Size": 0 })")));   // half a byte
  EXPECT_TRUE(refuses(manifest(R"({ "Encoded-Path": "6z", "Size": 0 })")));
  EXPECT_TRUE(refuses(manifest(R"({ "Path": "a", "Encoded-Path": "61", "Size": 0 })")));
}

TEST(BackupManifest, RefusesFilesOfAnotherShape) {
  for (const char* file :
       {R"({ "Size": 0 })", R"({ "Path": "a" })", R"({ "Path": 1, "Size": 0 })",
        R"({ "Path": "a", "Size": -1 })", R"({ "Path": "a", "Size": 1.5 })",
        R"({ "Path": "a", "Size": "1" })", R"({ "Path": "a", "Size": 99999999999999999999 })",
        R"({ "Path": "a", "Size": 1, "Checksum": "00000000" })",
        R"({ "Path": "a", "Size": 1, "Checksum-Algorithm": "CRC32C" })",
        R"({ "Path": "a", "Size": 1, "Checksum-Algorithm": "CRC32C", "Checksum": "0000000" })",
        R"({ "Path": "a", "Size": 1, "Checksum-Algorithm": "CRC32C", "Checksum": "0000000g" })",
        R"({ "Path": "a", "Size": 1, "Checksum-Algorithm": "MD5", "Checksum": "00000000" })", "1",
        "[]", "\"a\"", "null"}) {
    EXPECT_TRUE(refuses(manifest(file))) << file;
  }
}

TEST(BackupManifest, RefusesRangesOfAnotherShape) {
  for (const char* range : {R"({ "Timeline": 0, "Start-LSN": "0/1", "End-LSN": "0/2" })",
                            R"({ "Timeline": 4294967297, "Start-LSN": "0/1", "End-LSN": "0/2" })",
                            R"({ "Timeline": 1, "Start-LSN": "0/3", "End-LSN": "0/2" })",
                            R"({ "Timeline": 1, "Start-LSN": "3", "End-LSN": "0/2" })",
                            R"({ "Timeline": 1, "End-LSN": "0/2" })", "7"}) {
    EXPECT_TRUE(refuses(manifest(kFile, range))) << range;
  }
}

TEST(BackupManifest, RefusesOtherParts) {
  EXPECT_TRUE(refuses(sealed("{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [],\n")));
  EXPECT_TRUE(
      refuses(sealed("{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"WAL-Ranges\": [],\n")));
  EXPECT_TRUE(refuses(sealed("{ \"Files\": [],\n\"WAL-Ranges\": [],\n")));
  EXPECT_TRUE(refuses(manifest(kFile, kRange,
                               "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n"
                               "\"Other\": [ { \"Path\": \"a\" } ],\n")));
}

TEST(BackupManifest, RefusesEveryChangedByteAndEveryShorterPiece) {
  const std::string whole = manifest(kFile);
  ASSERT_TRUE(parse_backup_manifest(whole));
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    EXPECT_TRUE(refuses(damaged)) << byte;
    EXPECT_TRUE(refuses(whole.substr(0, byte))) << byte;
  }
  EXPECT_TRUE(refuses(whole + "\n"));
}

TEST(BackupManifest, RefusesTextThatIsNotUtf8) {
  EXPECT_TRUE(refuses(manifest("{ \"Path\": \"a\xFF\", \"Size\": 0 }")));
}

}  // namespace
}  // namespace walden
