#include "basebackup/drill_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/basebackup/sample_drill.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string report_text(const DrillReport& report) {
  return drill_report_json(report).dump();
}

TEST(DrillJson, GivesBackAReport) {
  const std::string text = report_text(testing::sample_drill());
  const auto parsed = parse_drill_report(text);
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(report_text(*parsed), text);
  EXPECT_EQ(parsed->backup->segments, 1873U);
}

TEST(DrillJson, GivesBackAReportOfADrillThatDidNotBegin) {
  DrillReport report;
  report.id = "20261121T230501Z";
  report.system_identifier = 1;
  report.seed = 7;
  report.steps = {{failing("plan", "no backup", "take one")}};
  report.server_log = {"one", "two"};
  const auto parsed = parse_drill_report(report_text(report));
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(report_text(*parsed), report_text(report));
  EXPECT_EQ(parsed->seed, 7U);
  EXPECT_FALSE(parsed->passed());
}

TEST(DrillJson, GivesBackAnOutline) {
  const auto text = drill_outline_json(outline_of(testing::sample_drill())).dump();
  const auto parsed = parse_drill_outline(text);
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(drill_outline_json(*parsed).dump(), text);
}

TEST(DrillJson, ReadsAnOutlineThatDoesNotSayWhatWasNotAsked) {
  auto json = drill_outline_json(outline_of(testing::sample_drill()));
  json.erase("without");
  const auto parsed = parse_drill_outline(json.dump());
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_TRUE(parsed->without.empty());
}

// It lies in the store for everyone who may read there.
TEST(DrillJson, TellsNoNamesOrSizesInAnOutline) {
  DrillReport report = testing::sample_drill();
  report.databases = {{"payroll", 1, 4711}};
  report.steps.push_back({failing("check", "salaries: 5 instead of 6", "")});
  const auto text = drill_outline_json(outline_of(report)).dump();
  EXPECT_THAT(text, Not(HasSubstr("payroll")));
  EXPECT_THAT(text, Not(HasSubstr("salaries")));
  EXPECT_THAT(text, Not(HasSubstr("412000000000")));
}

TEST(DrillJson, RefusesWhatIsNoReport) {
  for (const std::string text :
       {"", "{}", "[]", "{\"walden_drill\": -1}", "{\"walden_drill\": 1}"}) {
    const auto parsed = parse_drill_report(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::corrupt);
  }
  auto json = drill_report_json(testing::sample_drill());
  json["steps"][0]["verdict"] = "perhaps";
  EXPECT_FALSE(parse_drill_report(json.dump()));
  json = drill_report_json(testing::sample_drill());
  json["begun"] = "yesterday";
  EXPECT_FALSE(parse_drill_report(json.dump()));
  json = drill_report_json(testing::sample_drill());
  json["rto_ms"] = 1e300;
  EXPECT_FALSE(parse_drill_report(json.dump()));
}

TEST(DrillJson, OfANewerVersionAsksForAnUpgrade) {
  const auto parsed = parse_drill_outline("{\"walden_drill_outline\": 2}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::configuration);
}

}  // namespace
}  // namespace walden
