#include "basebackup/moved_tablespaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/postgres/backup_manifest.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

std::string with_checksum(std::string manifest) {
  const std::string digest = to_hex(Sha256::of(bytes_of(manifest)));
  return manifest + "\"Manifest-Checksum\": \"" + digest + "\"}\n";
}

std::string server_manifest() {
  const std::string digest(64, 'a');
  return with_checksum(
      "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n"
      "{ \"Path\": \"tablespace_map\", \"Size\": 17, \"Last-Modified\": \"2026-11-21 03:17:02 "
      "GMT\", \"Checksum-Algorithm\": \"SHA256\", \"Checksum\": \"" +
      digest +
      "\" },\n"
      "{ \"Path\": \"PG_VERSION\", \"Size\": 3, \"Last-Modified\": \"2026-11-21 03:17:02 GMT\", "
      "\"Checksum-Algorithm\": \"SHA256\", \"Checksum\": \"" +
      digest +
      "\" }\n],\n\"WAL-Ranges\": [\n{ \"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": "
      "\"0/2000100\" }\n],\n");
}

TEST(MovedTablespaces, ChangeTheirOwnLineOfTheMapOnly) {
  EXPECT_EQ(moved_tablespace_map("16411 /mnt/a\n16412 /mnt/b\n", {{16412, "/srv/new b"}}),
            "16411 /mnt/a\n16412 /srv/new b\n");
}

TEST(MovedTablespaces, UnderstandLineBreaksInPaths) {
  EXPECT_EQ(moved_tablespace_map("16411 /mnt/a\\\n16412 b\n16412 /mnt/b\n", {{16412, "/c\\d"}}),
            "16411 /mnt/a\\\n16412 b\n16412 /c\\\\d\n");
}

TEST(MovedTablespaces, LeaveAManifestThatItsOwnChecksumFits) {
  const auto changed =
      manifest_with_new_content(server_manifest(), "tablespace_map", "16411 /srv/elsewhere\n");
  ASSERT_TRUE(changed);
  const auto parsed = parse_backup_manifest(*changed);
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(parsed->files.at(0).size, 21U);
  EXPECT_EQ(parsed->files.at(0).checksum, to_hex(Sha256::of(bytes_of("16411 /srv/elsewhere\n"))));
  EXPECT_EQ(parsed->files.at(1).checksum, std::string(64, 'a'));
}

TEST(MovedTablespaces, LeaveAManifestAloneThatDoesNotNameTheFile) {
  EXPECT_FALSE(manifest_with_new_content(server_manifest(), "elsewhere", "x"));
}

}  // namespace
}  // namespace walden
