#include "basebackup/drill_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint32_t kMegabyte = 1U << 20U;

// Of segments 2 to 19, the newest transaction in the last.
RestorePlan plan() {
  RestorePlan plan;
  plan.replay.from.backup.segment_size = kMegabyte;
  plan.replay.needed = {SegmentNumber{2}, SegmentNumber{19}};
  plan.replay.searched = 8;
  plan.replay.stop = Replay::Stop{Lsn{19 * std::uint64_t{kMegabyte} + 0x100}, {}};
  return plan;
}

void expect_failure(const RestorePlan& plan, const std::string& replayed_to,
                    const std::string& why) {
  const auto facts = compare_with_plan(plan, replayed_to);
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].verdict, Verdict::fail);
  EXPECT_THAT(facts[0].text, HasSubstr(why));
}

TEST(DrillComparison, IsContentWhenTheNewestTransactionCameBack) {
  EXPECT_THAT(compare_with_plan(plan(), "0/1300128"), IsEmpty());
}

// Where replay ended, the next record would have begun.
TEST(DrillComparison, FailsWithoutTheNewestTransaction) {
  expect_failure(plan(), "0/1300100", "newest transaction is at 0/1300100");
}

TEST(DrillComparison, FailsBeforeTheLastSegmentWhateverIsKnownOfTransactions) {
  RestorePlan unknown = plan();
  unknown.replay.stop.reset();
  expect_failure(unknown, "0/12FFFF0", "last segment begins at 0/1300000");
  expect_failure(unknown, "", "last segment begins at 0/1300000");
}

TEST(DrillComparison, WarnsWhereNoTransactionWasFound) {
  RestorePlan unknown = plan();
  unknown.replay.stop.reset();
  const auto facts = compare_with_plan(unknown, "0/1300000");
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].verdict, Verdict::warn);
  EXPECT_THAT(facts[0].text, HasSubstr("the archive's last 8 segments"));
  unknown.replay.searched = 18;  // there is none at all
  EXPECT_THAT(compare_with_plan(unknown, "0/1300000"), IsEmpty());
}

TEST(DrillComparison, LeavesAMomentToPostgres) {
  RestorePlan moment = plan();
  moment.target.kind = RestoreTarget::Kind::time;
  EXPECT_THAT(compare_with_plan(moment, "0/1200000"), IsEmpty());
}

}  // namespace
}  // namespace walden
