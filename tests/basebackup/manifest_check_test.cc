#include "basebackup/manifest_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::HasSubstr;

FileRecord arrived(const std::string& path, std::string_view content) {
  return {.path = path,
          .size = content.size(),
          .digest = ContentHasher::of(ContentDigest::Kind::sha256, bytes_of(content)),
          .runs = {}};
}

BackupManifest::File listed(const std::string& path, std::string_view content) {
  return {.path = path,
          .size = content.size(),
          .checksum_algorithm = "SHA256",
          .checksum = to_hex(Sha256::of(bytes_of(content)))};
}

BackupManifest server_manifest(std::vector<BackupManifest::File> files) {
  BackupManifest manifest;
  manifest.version = 1;
  manifest.files = std::move(files);
  return manifest;
}

void expect_refused(const BackupManifest& server, const std::vector<FileRecord>& files,
                    const std::string& because) {
  const auto checked = check_against_server(server, files);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(checked.error().cause, HasSubstr(because));
}

TEST(ManifestCheck, AcceptsExactlyWhatTheServerListed) {
  EXPECT_TRUE(check_against_server(
      server_manifest({listed("a", "1"), listed("b", "")}),
      {arrived("b", ""), arrived("a", "1"), arrived("backup_manifest", "itself is not listed")}));
}

TEST(ManifestCheck, NamesAFileThatDidNotArrive) {
  expect_refused(server_manifest({listed("a", "1"), listed("b", "2")}), {arrived("a", "1")},
                 "b is in the server's manifest and did not arrive");
}

TEST(ManifestCheck, NamesAFileThatTheServerDidNotList) {
  expect_refused(server_manifest({listed("a", "1")}), {arrived("a", "1"), arrived("z", "")},
                 "z arrived and is not in the server's manifest");
}

TEST(ManifestCheck, NamesAFileOfAnotherSize) {
  expect_refused(server_manifest({listed("a", "11")}), {arrived("a", "1")},
                 "a is 2 bytes in the server's manifest, 1 arrived");
}

TEST(ManifestCheck, NamesAFileWithAnotherChecksum) {
  expect_refused(server_manifest({listed("a", "1")}), {arrived("a", "2")}, "a does not have");
}

TEST(ManifestCheck, DoesNotTakeAWeakerChecksumForProof) {
  auto weak = listed("a", "1");
  weak.checksum_algorithm = "CRC32C";
  expect_refused(server_manifest({weak}), {arrived("a", "1")}, "a does not have");
}

TEST(ManifestCheck, CountsAllThatDiffer) {
  expect_refused(server_manifest({listed("a", "1"), listed("b", "1"), listed("c", "1")}), {},
                 "3 files differ");
}

}  // namespace
}  // namespace walden
