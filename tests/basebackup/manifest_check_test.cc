#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/recorded_backup.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"

namespace walden {
namespace {

constexpr std::uint64_t kSystem = 7438201938475610283;

using ::testing::HasSubstr;

struct Content {
  std::string path;
  std::string content;
  bool listed = true;
};

RecordedBackup recorded(const std::vector<Content>& arrived, const std::string& manifest) {
  RecordedBackup backup;
  backup.files = Spool::create().value();
  backup.server_manifest = Spool::create().value();
  backup.server_manifest->write(bytes_of(manifest)).value();
  for (const auto& [path, content, listed] : arrived) {
    FileEntry entry;
    entry.file.path = "as restored/" + path;
    entry.listed = listed;
    entry.listed_path = path;
    entry.listed_size = content.size();
    entry.crc32c = Crc32c::of(bytes_of(content));
    Buffer encoded;
    append_entry(encoded, entry);
    backup.files->write(encoded).value();
  }
  return backup;
}

std::string line(const Content& file, const std::string& algorithm = "CRC32C") {
  Buffer crc;
  append_le(crc, Crc32c::of(bytes_of(file.content)));
  return R"({ "Path": ")" + file.path + R"(", "Size": )" + std::to_string(file.content.size()) +
         R"(, "Checksum-Algorithm": ")" + algorithm + R"(", "Checksum": ")" +
         (algorithm == "CRC32C" ? to_hex(crc) : to_hex(Sha256::of(bytes_of(file.content)))) +
         "\" }";
}

std::string manifest(const std::vector<std::string>& lines, std::uint64_t system = 0) {
  std::string body = "{ \"PostgreSQL-Backup-Manifest-Version\": ";
  body += system == 0 ? "1,\n" : "2,\n\"System-Identifier\": " + std::to_string(system) + ",\n";
  body += "\"Files\": [";
  for (const auto& text : lines) body += (text == lines.front() ? "\n" : ",\n") + text;
  body += "],\n\"WAL-Ranges\": [\n],\n";
  return body + "\"Manifest-Checksum\": \"" + to_hex(Sha256::of(bytes_of(body))) + "\"}\n";
}

void expect_refused(const std::vector<std::string>& listed, const std::vector<Content>& arrived,
                    const std::string& because) {
  const auto checked = check_against_server(recorded(arrived, manifest(listed)), kSystem);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(checked.error().cause, HasSubstr(because));
}

TEST(ManifestCheck, AcceptsExactlyWhatTheServerListed) {
  const auto checked = check_against_server(
      recorded({{"a", "1"}, {"pg_wal/000000010000000000000002", "", false}, {"b", ""}},
               manifest({line({"a", "1"}), line({"b", ""})})),
      kSystem);
  EXPECT_TRUE(checked) << checked.error().cause;
}

TEST(ManifestCheck, RefusesFilesOfAnotherCluster) {
  auto backup = recorded({{"a", "1"}}, manifest({line({"a", "1"})}, kSystem + 1));
  auto checked = check_against_server(backup, kSystem);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().cause, HasSubstr("the server's manifest has system identifier"));
  backup = recorded({{"a", "1"}}, manifest({line({"a", "1"})}, kSystem));
  backup.system_identifier = kSystem;
  EXPECT_TRUE(check_against_server(backup, kSystem));
  backup.system_identifier = kSystem + 1;
  checked = check_against_server(backup, kSystem);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().cause, HasSubstr("global/pg_control has system identifier"));
}

TEST(ManifestCheck, NamesAFileThatDidNotArrive) {
  expect_refused({line({"a", "1"}), line({"b", "2"})}, {{"a", "1"}},
                 "b is in the server's manifest and did not arrive");
  expect_refused({line({"a", "1"}), line({"b", "2"})}, {{"b", "2"}},
                 "a is in the server's manifest where b arrived");
}

TEST(ManifestCheck, NamesAFileThatTheServerDidNotList) {
  expect_refused({line({"a", "1"})}, {{"a", "1"}, {"z", ""}},
                 "z arrived and is not in the server's manifest");
}

TEST(ManifestCheck, NamesAFileOfAnotherSize) {
  expect_refused({line({"a", "11"})}, {{"a", "1"}},
                 "a is 2 bytes in the server's manifest, 1 arrived");
}

TEST(ManifestCheck, NamesAFileWithAnotherChecksum) {
  expect_refused({line({"a", "1"})}, {{"a", "2"}}, "a does not have");
}

TEST(ManifestCheck, BelievesNoOtherChecksumThanItAskedFor) {
  expect_refused({line({"a", "1"}, "SHA256")}, {{"a", "1"}}, "a does not have");
}

TEST(ManifestCheck, RefusesAManifestThatIsNotWhatItsOwnChecksumSays) {
  std::string damaged = manifest({line({"a", "1"})});
  damaged[damaged.find("\"a\"") + 1] = 'b';
  const auto checked = check_against_server(recorded({{"b", "1"}}, damaged), kSystem);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().cause, HasSubstr("its own checksum"));
  EXPECT_FALSE(check_against_server(recorded({}, ""), kSystem));
}

}  // namespace
}  // namespace walden
