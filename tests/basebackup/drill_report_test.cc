#include "basebackup/drill_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/basebackup/sample_drill.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

// As it was before it was judged.
DrillReport measured() {
  DrillReport report = testing::sample_drill();
  report.steps = {{good("plan", "found")}};
  report.rto.reset();
  report.rpo.reset();
  return report;
}

Verdict verdict_of(const DrillReport& report, const std::string& name) {
  const auto step = std::ranges::find_if(
      report.steps, [&](const auto& candidate) { return candidate.fact.name == name; });
  return step == report.steps.end() ? Verdict::not_asked : step->fact.verdict;
}

TEST(DrillReport, MeasuresFromTheBeginningUntilTheServerWasOpen) {
  DrillReport report = measured();
  judge_objectives(report);
  EXPECT_EQ(report.rto, milliseconds(600'000));
  EXPECT_EQ(report.rpo, milliseconds(300'000));
  EXPECT_TRUE(report.passed());
}

TEST(DrillReport, MeetsAnObjectiveToTheMillisecondAndNotBeyond) {
  DrillReport report = measured();
  report.rto_objective = seconds(600);
  report.rpo_objective = seconds(300);
  judge_objectives(report);
  EXPECT_TRUE(report.passed());
  report = measured();
  report.rto_objective = seconds(600);
  report.rpo_objective = seconds(300);
  *report.times.recovery += milliseconds(1);
  report.last_commit->microseconds -= 1;
  judge_objectives(report);
  EXPECT_EQ(outline_of(report).failed, (Names{"rto", "rpo"}));
}

TEST(DrillReport, WithoutObjectivesIsToldAndNotJudged) {
  DrillReport report = measured();
  report.rto_objective.reset();
  report.rpo_objective.reset();
  judge_objectives(report);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(verdict_of(report, "rto"), Verdict::ok);
}

TEST(DrillReport, ThatDidNotComeSoFarHasNotShownItsObjectives) {
  DrillReport report = measured();
  report.times.recovery.reset();
  report.last_commit.reset();
  judge_objectives(report);
  EXPECT_EQ(outline_of(report).failed, (Names{"rto", "rpo"}));
}

TEST(DrillReport, OfAMomentInThePastSaysNothingOfTheRpo) {
  DrillReport report = measured();
  report.target_time = Instant{report.begun.microseconds - 1};
  report.last_commit = Instant{0};
  judge_objectives(report);
  EXPECT_EQ(verdict_of(report, "rpo"), Verdict::not_asked);
  EXPECT_TRUE(report.passed());
}

TEST(DrillReport, WithAClockThatIsBehindHasLostNothing) {
  DrillReport report = measured();
  report.last_commit = Instant{report.begun.microseconds + 5'000'000};
  judge_objectives(report);
  EXPECT_EQ(report.rpo, milliseconds(0));
}

TEST(DrillReport, WithoutAStepHasNotPassed) {
  EXPECT_FALSE(DrillReport{}.passed());
}

TEST(DrillReport, NamesEachFailedStepOnceInItsOutline) {
  DrillReport report = measured();
  for (int i = 0; i < 3; ++i) report.steps.push_back({failing("check", "secret table", "")});
  judge_objectives(report);
  EXPECT_EQ(outline_of(report).failed, Names{"check"});
  EXPECT_FALSE(outline_of(report).passed);
}

// A drill to a moment has no rpo: that is no lack.
TEST(DrillReport, NamesWhatCouldNotBeAskedInItsOutline) {
  DrillReport report = measured();
  report.target_time = report.begun;
  report.steps.push_back({not_asked("amcheck", "there is no pg_amcheck")});
  judge_objectives(report);
  EXPECT_EQ(outline_of(report).without, Names{"amcheck"});
  EXPECT_TRUE(outline_of(report).passed);
}

}  // namespace
}  // namespace walden
