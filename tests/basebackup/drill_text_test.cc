#include "basebackup/drill_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "basebackup/drill_log.h"
#include "basebackup/drill_words.h"
#include "basebackup/server_programs.h"
#include "tests/basebackup/sample_drill.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ListedDrills listed() {
  ListedDrills drills{.cluster = "orders", .store = "file:///b", .every = std::chrono::hours(24)};
  DrillReport report = testing::sample_drill();
  drills.drills.push_back({report.id, outline_of(report), ""});
  return drills;
}

Instant after(std::chrono::hours hours) {
  return {testing::sample_drill().begun.microseconds + std::chrono::microseconds(hours).count()};
}

TEST(DrillText, SaysWhenTheNextIsDue) {
  EXPECT_THAT(drills_text(listed(), after(std::chrono::hours(1)), false),
              HasSubstr("The next drill is due 2026-11-22 23:05:01 UTC, in 23 h"));
  EXPECT_THAT(drills_text(listed(), after(std::chrono::hours(26)), false),
              HasSubstr("was due 2026-11-22 23:05:01 UTC, 2 h"));
}

// One that failed proves nothing: the next is not put off by it.
TEST(DrillText, CountsFromTheNewestDrillThatPassed) {
  auto drills = listed();
  auto failed = drills.drills.front();
  failed.id = "20261122T000000Z";
  failed.outline->passed = false;
  failed.outline->failed = {"rto"};
  drills.drills.push_back(failed);
  drills.drills.push_back({"20261122T010000Z", std::nullopt, "it is damaged"});
  EXPECT_EQ(next_due(drills), after(std::chrono::hours(24)));
  const auto text = drills_text(drills, after(std::chrono::hours(1)), false);
  EXPECT_THAT(text, HasSubstr("FAILED"));
  EXPECT_THAT(text, HasSubstr("rto\n"));
  EXPECT_THAT(text, HasSubstr("DAMAGED  it is damaged"));
}

TEST(DrillText, WithoutADrillSaysHowToRunOne) {
  ListedDrills none{.cluster = "orders", .store = "file:///b"};
  EXPECT_THAT(drills_text(none, {}, false), HasSubstr("No drill has passed yet."));
}

TEST(DrillText, EndsWithTheVerdictAndTheServersLastWords) {
  DrillReport report = testing::sample_drill();
  EXPECT_EQ(drill_verdict(report), "The drill passed.\n");
  report.steps.push_back({failing("recovery", "stopped", "")});
  report.server_log = {"FATAL:  no"};
  EXPECT_EQ(drill_verdict(report),
            "The drill FAILED: 1 step.\nThe server's log ends:\n  FATAL:  no\n");
}

TEST(DrillLog, FindsTheReason) {
  EXPECT_EQ(reason_in_log({"2026 [1] LOG:  hello", "2026 [1] FATAL:  could not open file"}),
            "could not open file");
  EXPECT_EQ(reason_in_log({"wal-fetch: 0001 does not match its digest", "2026 FATAL:  failed"}),
            "wal-fetch: 0001 does not match its digest");
  EXPECT_EQ(reason_in_log({"all is well"}), "");
}

TEST(DrillLog, LeavesOutWhatTheDrillItselfWasTold) {
  testing::TemporaryDirectory folder;
  std::ofstream(folder / "log") << "1 FATAL:  the database system is starting up\n"
                                << "2 LOG:  redo\x1b starts\n";
  EXPECT_THAT(end_of_log(folder / "log"), ElementsAre("2 LOG:  redo  starts"));
  EXPECT_TRUE(end_of_log(folder / "none").empty());
}

TEST(DrillText, TellsShortTimesToATenth) {
  using std::chrono::milliseconds;
  EXPECT_EQ(drill_duration(milliseconds(820)), "820 ms");
  EXPECT_EQ(drill_duration(milliseconds(2449)), "2.4 s");
  EXPECT_EQ(drill_duration(milliseconds(252'100)), "4 min 12 s");
}

TEST(DrillLog, FindsMissingLibraries) {
  EXPECT_THAT(
      missing_libraries_in(
          {"2026 [1] FATAL:  could not access file \"pg_magic\": No such file or directory"}),
      ElementsAre("pg_magic"));
  EXPECT_TRUE(missing_libraries_in({"2026 [1] LOG:  fine"}).empty());
}

TEST(ServerPrograms, SayTheirVersion) {
  EXPECT_EQ(version_of_program("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), 150018);
  EXPECT_EQ(version_of_program("postgres (PostgreSQL) 18beta1\n"), 180000);
  EXPECT_EQ(version_of_program("bash 5.2\n"), std::nullopt);
  EXPECT_EQ(version_of_program("postgres (PostgreSQL) x\n"), std::nullopt);
}

}  // namespace
}  // namespace walden
