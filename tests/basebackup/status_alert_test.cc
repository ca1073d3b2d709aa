#include "basebackup/status_alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Judgement judgement(const std::string& name, Severity severity) {
  return {.name = name,
          .severity = severity,
          .sentence = "the server does not answer",
          .since = {},
          .endangers = {},
          .remedy = {}};
}

// One incident, whatever is unknown; and none of those it may hide is over.
TEST(StatusFindings, OfWhatIsUnknownAreOneProblemThatMustLast) {
  JudgedCluster cluster;
  cluster.judgements = {judgement("wal", Severity::unknown), judgement("gaps", Severity::unknown),
                        judgement("backup", Severity::ok)};
  const Findings findings = findings_of(cluster, " --config orders.toml");
  EXPECT_THAT(findings.unknown, ElementsAre("gaps", "wal"));
  ASSERT_EQ(findings.problems.size(), 1U);
  const Problem& problem = findings.problems.front();
  EXPECT_EQ(problem.name, "unknown");
  EXPECT_FALSE(problem.critical);
  EXPECT_THAT(problem.what, HasSubstr("wal: the server does not answer; gaps: "));
  EXPECT_EQ(problem.lasts, std::chrono::hours(1));
  EXPECT_EQ(problem.command, "basebackup status --config orders.toml");
}

TEST(StatusFindings, OfWarningsAndWorseAreToldAtOnce) {
  JudgedCluster cluster;
  cluster.judgements = {judgement("wal", Severity::critical), judgement("drill", Severity::warning),
                        judgement("backup", Severity::ok)};
  const Findings findings = findings_of(cluster);
  ASSERT_EQ(findings.problems.size(), 2U);
  EXPECT_TRUE(findings.problems[0].critical);
  EXPECT_FALSE(findings.problems[1].critical);
  for (const auto& problem : findings.problems) EXPECT_EQ(problem.lasts, std::chrono::seconds(0));
}

}  // namespace
}  // namespace walden
