#include "common/alert/incidents.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using std::chrono::hours;
using enum Alert::Occasion;

constexpr Instant at(int minutes) {
  return {1'795'231'000'000'000 + std::int64_t{minutes} * 60 * 1'000'000};
}

Problem problem(const std::string& name, bool critical = true) {
  return {.name = name,
          .critical = critical,
          .what = name + " is wrong",
          .endangers = "much",
          .command = "basebackup check"};
}

class IncidentsTest : public ::testing::Test {
 protected:
  // A round in which every channel but `broken` takes what is due; what was said, as
  // "mail wal begun".
  std::vector<std::string> round(const std::vector<Problem>& problems, int minutes,
                                 const std::string& broken = {}) {
    return round_of({.problems = problems}, minutes, broken);
  }
  std::vector<std::string> round_of(const Findings& findings, int minutes,
                                    const std::string& broken = {}) {
    incidents = follow(std::move(incidents), findings, at(minutes));
    std::vector<std::string> said;
    for (const Due& one : due(incidents, channels, hours(4), at(minutes))) {
      if (one.channel == broken) continue;
      said.push_back(one.channel + " " + one.incident + " " + std::string(to_string(one.occasion)));
      note(incidents, one, at(minutes));
    }
    tidy(incidents, channels);
    return said;
  }
  using Said = std::vector<std::string>;

  std::vector<std::string> channels{"mail"};
  Incidents incidents;
};

TEST_F(IncidentsTest, AreToldOnceWhenTheyBeginAndOnceWhenTheyAreOver) {
  EXPECT_EQ(round({}, 0), Said{});
  EXPECT_EQ(round({problem("wal")}, 1), Said{"mail wal begun"});
  EXPECT_EQ(round({problem("wal")}, 2), Said{});
  EXPECT_EQ(round({problem("wal")}, 200), Said{});
  EXPECT_EQ(round({}, 201), Said{"mail wal over"});
  EXPECT_EQ(round({}, 202), Said{});
  EXPECT_TRUE(incidents.empty());
  EXPECT_EQ(round({problem("wal")}, 203), Said{"mail wal begun"});
}

TEST_F(IncidentsTest, AreToldAgainAtEachInterval) {
  (void)round({problem("wal")}, 0);
  EXPECT_EQ(round({problem("wal")}, 239), Said{});
  EXPECT_EQ(round({problem("wal")}, 240), Said{"mail wal still"});
  EXPECT_EQ(round({problem("wal")}, 241), Said{});
  EXPECT_EQ(round({problem("wal")}, 480), Said{"mail wal still"});
}

TEST_F(IncidentsTest, AreSeparateByName) {
  (void)round({problem("wal")}, 0);
  EXPECT_EQ(round({problem("wal"), problem("drill", false)}, 1), Said{"mail drill begun"});
  EXPECT_EQ(round({problem("drill", false)}, 2), Said{"mail wal over"});
}

TEST_F(IncidentsTest, AreToldAtOnceWhenAWarningBecomesCritical) {
  (void)round({problem("backup", false)}, 0);
  EXPECT_EQ(round({problem("backup", true)}, 1), Said{"mail backup still"});
  EXPECT_EQ(round({problem("backup", false)}, 2), Said{});
  EXPECT_EQ(round({problem("backup", true)}, 3), Said{});
}

TEST_F(IncidentsTest, AreDueAgainForAChannelThatFailed) {
  channels = {"mail", "webhook"};
  EXPECT_EQ(round({problem("wal")}, 0, "mail"), Said{"webhook wal begun"});
  EXPECT_EQ(round({problem("wal")}, 1, "mail"), Said{});
  EXPECT_EQ(round({problem("wal")}, 2), Said{"mail wal begun"});
  EXPECT_EQ(round({}, 3, "webhook"), Said{"mail wal over"});
  EXPECT_EQ(round({}, 4), Said{"webhook wal over"});
  EXPECT_TRUE(incidents.empty());
}

TEST_F(IncidentsTest, ThatWereNeverToldEndInSilence) {
  EXPECT_EQ(round({problem("wal")}, 0, "mail"), Said{});
  EXPECT_EQ(round({}, 1), Said{});
  EXPECT_TRUE(incidents.empty());
}

TEST_F(IncidentsTest, ThatAreBackBeforeTheirEndWasToldGoOn) {
  channels = {"mail", "webhook"};
  (void)round({problem("wal")}, 0);
  EXPECT_EQ(round({}, 1, "mail"), Said{"webhook wal over"});
  // The one that heard of the end hears of a beginning; the other's incident has never ended.
  EXPECT_EQ(round({problem("wal")}, 2), Said{"webhook wal begun"});
}

TEST_F(IncidentsTest, ThatMustLastAreToldWhenTheyHave) {
  Problem unknown = problem("unknown", false);
  unknown.lasts = hours(1);
  EXPECT_EQ(round({unknown}, 0), Said{});
  EXPECT_EQ(round({unknown}, 59), Said{});
  EXPECT_EQ(round({unknown}, 60), Said{"mail unknown begun"});
  EXPECT_EQ(round({}, 61), Said{"mail unknown over"});
  EXPECT_EQ(round({unknown}, 62), Said{});  // counted anew
  EXPECT_EQ(round({}, 63), Said{});
  EXPECT_TRUE(incidents.empty());
}

TEST_F(IncidentsTest, RemindThoughTheClockWasSetBack) {
  (void)round({problem("wal")}, 10'000);
  EXPECT_EQ(round({problem("wal")}, 0), Said{"mail wal still"});
  EXPECT_EQ(round({problem("wal")}, 1), Said{});
}

TEST_F(IncidentsTest, AreToldThoughTheyAreDatedInTheFuture) {
  Problem known = problem("wal");
  known.since = at(60);
  EXPECT_EQ(round({known}, 0), Said{"mail wal begun"});
  EXPECT_EQ(round({known}, 1), Said{});
}

TEST_F(IncidentsTest, KeepTheTimeWhenTheyBegan) {
  Problem known = problem("wal");
  known.since = at(-30);
  (void)round({known}, 0);
  EXPECT_EQ(incidents.at("wal").since, at(-30));
  known.since = at(5);
  (void)round({known}, 6);
  EXPECT_EQ(incidents.at("wal").since, at(-30));
}

TEST_F(IncidentsTest, LastWhileNothingIsKnownOfThem) {
  (void)round({problem("wal"), problem("archiver")}, 0);
  EXPECT_EQ(round_of({.problems = {problem("store")}, .rest_is_unknown = true}, 1),
            Said{"mail store begun"});
  EXPECT_EQ(round_of({.problems = {problem("wal")}, .unknown = {"archiver"}}, 2),
            Said{"mail store over"});
  // Not seen, not told again.
  EXPECT_EQ(round_of({.unknown = {"archiver", "wal"}}, 500), Said{});
  EXPECT_EQ(round({problem("wal")}, 501), (Said{"mail archiver over", "mail wal still"}));
}

TEST_F(IncidentsTest, ForgetAChannelThatIsNotConfiguredAnyMore) {
  (void)round({problem("wal")}, 0);
  channels = {"command"};
  EXPECT_EQ(round({}, 1), Said{});
  EXPECT_TRUE(incidents.empty());
}

}  // namespace
}  // namespace walden
