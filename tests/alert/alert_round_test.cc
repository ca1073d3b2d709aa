#include "common/alert/alert_round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/alert/incident_file.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Instant at(int minutes) {
  return {1'795'231'000'000'000 + std::int64_t{minutes} * 60 * 1'000'000};
}

class AlertRoundTest : public ::testing::Test {
 protected:
  Channel channel(const std::string& name) {
    return {name, [this, name](const Alert& alert, std::chrono::milliseconds) -> Result<> {
              if (name == broken) return fail(ErrorKind::transient, name + " is away");
              heard.push_back(name + " " + std::string(to_string(alert.occasion)));
              return {};
            }};
  }
  AlertOutcome round(int minutes, bool wrong = true) {
    heard.clear();
    Findings findings;
    if (wrong) findings.problems.push_back({.name = "wal", .critical = true, .what = "no WAL"});
    return tell({.memory = memory, .cluster = "orders"}, {channel("mail"), channel("webhook")},
                findings, at(minutes));
  }

  testing::TemporaryDirectory folder;
  std::filesystem::path memory = folder / "alerts.json";
  std::string broken;
  std::vector<std::string> heard;
};

TEST_F(AlertRoundTest, RemembersFromRoundToRound) {
  EXPECT_EQ(round(0).sent, 2U);
  EXPECT_THAT(heard, ElementsAre("mail begun", "webhook begun"));
  EXPECT_EQ(round(1).sent, 0U);
  EXPECT_TRUE(round(2, false).good());
  EXPECT_THAT(heard, ElementsAre("mail over", "webhook over"));
  EXPECT_EQ(round(3, false).sent, 0U);
}

TEST_F(AlertRoundTest, TellsTheOthersWhenOneChannelFails) {
  broken = "mail";
  const auto outcome = round(0);
  ASSERT_EQ(outcome.failures.size(), 1U);
  EXPECT_THAT(outcome.failures[0].cause, HasSubstr("mail is away"));
  EXPECT_THAT(heard, ElementsAre("webhook begun"));
  broken.clear();
  EXPECT_TRUE(round(1).good());
  EXPECT_THAT(heard, ElementsAre("mail begun"));
}

TEST_F(AlertRoundTest, SaysWhetherSomebodyKnows) {
  const auto tell_webhook = [&](int minutes) {
    return tell({.memory = memory, .cluster = "orders"}, {channel("webhook")},
                {.problems = {{.name = "wal", .critical = true, .what = "no WAL"}}}, at(minutes));
  };
  broken = "webhook";
  EXPECT_FALSE(tell_webhook(0).known);
  broken.clear();
  EXPECT_TRUE(tell_webhook(1).known);
  broken = "webhook";
  EXPECT_TRUE(tell_webhook(500).known);  // the reminder fails
}

TEST_F(AlertRoundTest, TellsEverybodyAgainWhenTheMemoryIsDamaged) {
  (void)round(0);
  for (const std::string content :
       {"", "{", "[]", R"({"format":1,"incidents":[{}]})", R"({"format":2,"incidents":[]})"}) {
    testing::write_text(memory, content);
    const auto outcome = round(1);
    EXPECT_EQ(outcome.failures.size(), 1U) << content;
    EXPECT_THAT(heard, ElementsAre("mail begun", "webhook begun")) << content;
    EXPECT_TRUE(round(2).good());
    EXPECT_THAT(heard, IsEmpty());
  }
}

TEST_F(AlertRoundTest, TellsEverybodyWhenThereIsNoPlaceToRememberIn) {
  memory = folder / "nowhere" / "alerts.json";
  EXPECT_FALSE(round(0).good());
  EXPECT_THAT(heard, ElementsAre("mail begun", "webhook begun"));
}

TEST_F(AlertRoundTest, LeavesItToTheRoundThatIsUnderWay) {
  const auto other = IncidentFile::open(memory);
  ASSERT_TRUE(other);
  const auto outcome = round(0);
  EXPECT_THAT(heard, IsEmpty());
  EXPECT_THAT(outcome.failures, IsEmpty());
  EXPECT_FALSE(outcome.good());  // nobody may take it for told
}

TEST_F(AlertRoundTest, TellsTheSameTheFileIsReadBack) {
  (void)round(0);
  const auto file = IncidentFile::open(memory);
  ASSERT_TRUE(file);
  const auto incidents = file->read();
  ASSERT_TRUE(incidents);
  const Incident& wal = incidents->at("wal");
  EXPECT_EQ(wal.since, at(0));
  EXPECT_EQ(wal.problem.what, "no WAL");
  EXPECT_TRUE(wal.told.at("mail").critical);
  EXPECT_EQ(wal.told.at("mail").at, at(0));
}

}  // namespace
}  // namespace walden
