#include "basebackup/manifest_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::sample_summary;

FileRecord sample_file(std::string path = "base/5/1259") {
  return {.path = std::move(path),
          .mode = 0640,
          .size = 2'000'000,
          .modified = 1795231000,
          .digest = ContentHasher::of(ContentDigest::Kind::sha256, bytes_of("x")),
          .runs = {{.pack = 1, .frame = 7, .offset = 12, .length = 1'500'000},
                   {.pack = 2, .frame = 0, .offset = 0, .length = 500'000}}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ManifestJson, GivesASummaryBackWithEveryField) {
  BackupSummary summary = sample_summary();
  summary.from_standby = true;
  summary.data_directory_mode = 0750;
  summary.database_size = 412'000'000'000;
  summary.kind = "incremental";
  summary.base = "20261114T031742Z-tl1-A0B3";
  summary.references = {summary.base, "20261107T031742Z-tl1-9FB3"};
  summary.with_wal = true;
  summary.tablespaces = {{.oid = 16411, .location = "/srv/fast \xff disk", .size = 17}};
  summary.checksum_failures = {"checksum verification failed in file \"base/5/1\", block 3"};
  summary.warnings = {"skipping special file \"./pg_hba.conf\""};
  const auto line = parse_json_line(to_json_line(summary));
  ASSERT_TRUE(line) << line.error().cause;
  const auto& back = std::get<BackupSummary>(*line);
  EXPECT_EQ(back.id, summary.id);
  EXPECT_EQ(back.system_identifier, summary.system_identifier);
  EXPECT_EQ(back.start, summary.start);
  EXPECT_EQ(back.stop, summary.stop);
  EXPECT_EQ(back.started, summary.started);
  EXPECT_TRUE(back.from_standby);
  EXPECT_EQ(back.data_directory_mode, 0750U);
  EXPECT_EQ(back.database_size, summary.database_size);
  EXPECT_EQ(back.kind, "incremental");
  EXPECT_EQ(back.base, summary.base);
  EXPECT_EQ(back.references, summary.references);
  EXPECT_TRUE(back.with_wal);
  ASSERT_EQ(back.tablespaces.size(), 1U);
  EXPECT_EQ(back.tablespaces[0].location, summary.tablespaces[0].location);
  EXPECT_EQ(back.checksum_failures, summary.checksum_failures);
  EXPECT_EQ(back.warnings, summary.warnings);
}

TEST(ManifestJson, OfBeforeTheServersWarningsWereKeptHasNone) {
  const auto line = replaced(to_json_line(sample_summary()), ",\"warnings\":[]", "");
  const auto back = parse_json_line(line);
  ASSERT_TRUE(back) << back.error().cause;
  EXPECT_TRUE(std::get<BackupSummary>(*back).warnings.empty());
}

TEST(ManifestJson, GivesAFileBackWithItsRuns) {
  const auto line = parse_json_line(to_json_line(sample_file()));
  ASSERT_TRUE(line) << line.error().cause;
  const auto& back = std::get<FileRecord>(*line);
  EXPECT_EQ(back.path, "base/5/1259");
  EXPECT_EQ(back.mode, 0640U);
  EXPECT_EQ(back.digest, sample_file().digest);
  ASSERT_EQ(back.runs.size(), 2U);
  EXPECT_EQ(back.runs[0].offset, 12U);
  EXPECT_EQ(back.runs[1].length, 500'000U);
}

TEST(ManifestJson, ReadsASummaryOfVersion1) {
  const auto text =
      replaced(replaced(replaced(replaced(to_json_line(sample_summary()), R"("walden_manifest":2)",
                                          R"("walden_manifest":1)"),
                                 R"("base":"",)", ""),
                        R"("references":[],)", ""),
               R"("with_wal":false,)", "");
  const auto line = parse_json_line(text);
  ASSERT_TRUE(line) << line.error().cause;
  EXPECT_TRUE(std::get<BackupSummary>(*line).references.empty());
}

TEST(ManifestJson, RefusesASummaryOfVersion2ThatDoesNotSayWhatItRefersTo) {
  const auto text = replaced(to_json_line(sample_summary()), R"("references":[],)", "");
  EXPECT_FALSE(parse_json_line(text));
}

TEST(ManifestJson, GivesAFileOfEachKindOfDigestBack) {
  using Kind = ContentDigest::Kind;
  for (const Kind kind : {Kind::sha256, Kind::chunked, Kind::none}) {
    FileRecord file = sample_file();
    file.digest = ContentHasher::of(kind, bytes_of("x"));
    const auto line = parse_json_line(to_json_line(file));
    ASSERT_TRUE(line) << line.error().cause;
    EXPECT_EQ(std::get<FileRecord>(*line).digest, file.digest);
  }
}

TEST(ManifestJson, RefusesAFileWhoseDigestIsMissing) {
  const auto text = replaced(to_json_line(sample_file()), R"("sha256")", R"("sha")");
  EXPECT_FALSE(parse_json_line(text));
}

TEST(ManifestJson, KeepsAPathThatIsNotUtf8) {
  const std::string path = "base/caf\xe9\xff";
  const auto text = to_json_line(sample_file(path));
  EXPECT_THAT(text, HasSubstr("encoded_path"));
  const auto line = parse_json_line(text);
  ASSERT_TRUE(line) << line.error().cause;
  EXPECT_EQ(std::get<FileRecord>(*line).path, path);
}

TEST(ManifestJson, KeepsALabelInAnotherEncodingReadable) {
  BackupSummary summary = sample_summary();
  summary.label = "caf\xe9";
  summary.checksum_failures = {"\xff"};
  const auto line = parse_json_line(to_json_line(summary));
  ASSERT_TRUE(line) << line.error().cause;
  EXPECT_EQ(std::get<BackupSummary>(*line).label, "caf\xef\xbf\xbd");
}

TEST(ManifestJson, RefusesANewerManifestVersionWithTheRemedyToUpgrade) {
  const auto text =
      replaced(to_json_line(sample_summary()), R"("walden_manifest":2)", R"("walden_manifest":3)");
  const auto line = parse_json_line(text);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().kind, ErrorKind::configuration);
  EXPECT_THAT(line.error().remedy, HasSubstr("Upgrade"));
}

TEST(ManifestJson, RefusesRunsThatDoNotAddUpToTheFile) {
  for (const char* length : {"499999", "500001"}) {
    const auto line = parse_json_line(replaced(to_json_line(sample_file()), "500000", length));
    ASSERT_FALSE(line) << length;
    EXPECT_EQ(line.error().kind, ErrorKind::corrupt);
  }
}

TEST(ManifestJson, RefusesFramesThatReachPastThePack) {
  const PackRecord pack{.number = 1,
                        .object = "orders/1/backup/x/pack-0001",
                        .header_size = 100,
                        .stored_size = 300,
                        .frame_sizes = {100, 101}};
  EXPECT_FALSE(parse_json_line(to_json_line(pack)));
}

TEST(ManifestJson, RefusesWhatIsNotAManifestLine) {
  const auto file = to_json_line(sample_file());
  const std::vector<std::string> lines{
      "",
      "[]",
      "null",
      "{}",
      "{",
      R"({"pack":-1})",
      R"({"end":true,"packs":1.5})",
      file.substr(0, file.size() / 2),
      replaced(file, R"("size":2000000)", R"("size":"2000000")"),
      replaced(file, R"("mtime":1795231000)", R"("mtime":1e300)"),
      replaced(file, "500000", "500000.5"),
      replaced(file, "[[1,", "[[-1,"),
      replaced(file, R"("sha256":")", R"("sha256":"00)"),
      replaced(to_json_line(sample_summary()), R"("timeline":1)", R"("timeline":0)"),
      replaced(to_json_line(sample_summary()), R"("segment_size":16777216)", R"("segment_size":5)"),
      replaced(to_json_line(sample_summary()), "1795231022000000", "-1"),
      replaced(to_json_line(sample_summary()), "1795231022000000", "1e300"),
      replaced(to_json_line(sample_summary()), "1795231022000000", "253402300800000000")};
  for (const auto& text : lines) {
    const auto line = parse_json_line(text);
    ASSERT_FALSE(line) << text;
    EXPECT_EQ(line.error().kind, ErrorKind::corrupt) << text;
  }
}

}  // namespace
}  // namespace walden
