// How often a request is made again, and how long is waited in between.
#include "common/store/s3_retry.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Time that passes only in pauses.
struct Hand {
  Clock::Time time{};
  std::vector<milliseconds> pauses;
  Clock clock{[this] { return time; },
              [this](milliseconds pause) {
                time += pause;
                pauses.push_back(pause);
              }};
};

TEST(S3Retries, EndBeforePatienceDoes) {
  for (int round = 0; round < 200; ++round) {
    Hand hand;
    RetryBudget budget;
    S3Retries retries(budget, hand.clock, seconds(10));
    while (retries.another_try(false)) {
    }
    EXPECT_LT(hand.time.time_since_epoch(), seconds(10));
    EXPECT_LT(hand.pauses.size(), std::size_t{S3Retries::kMostAttempts});
  }
}

TEST(S3Retries, PauseLongerAndLongerAtRandom) {
  milliseconds longest_first{0};
  milliseconds longest_sixth{0};
  for (int round = 0; round < 200; ++round) {
    Hand hand;
    RetryBudget budget;
    S3Retries retries(budget, hand.clock, std::chrono::hours(1));
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(retries.another_try(false));
    longest_first = std::max(longest_first, hand.pauses.front());
    longest_sixth = std::max(longest_sixth, hand.pauses.back());
    EXPECT_LE(hand.pauses.front(), milliseconds(50));
    EXPECT_LE(hand.pauses.back(), milliseconds(1600));
  }
  EXPECT_GT(longest_first, milliseconds(25));
  EXPECT_GT(longest_sixth, milliseconds(800));
}

TEST(S3Retries, PauseAsLongAsTheServerAsks) {
  Hand hand;
  RetryBudget budget;
  S3Retries retries(budget, hand.clock, seconds(60));
  ASSERT_TRUE(retries.another_try(true, seconds(7)));
  EXPECT_GE(hand.pauses.back(), seconds(7));
}

TEST(S3Retries, EndAtOnceWhenTheServerAsksForMoreThanPatience) {
  Hand hand;
  RetryBudget budget;
  S3Retries retries(budget, hand.clock, seconds(60));
  EXPECT_FALSE(retries.another_try(true, seconds(61)));
  EXPECT_TRUE(hand.pauses.empty());
}

TEST(S3Retries, BeginAnewAfterProgress) {
  Hand hand;
  RetryBudget budget;
  S3Retries retries(budget, hand.clock, seconds(10));
  hand.time += seconds(9);
  retries.progressed();
  hand.time += seconds(9);
  EXPECT_TRUE(retries.another_try(false));
}

TEST(S3Retries, EndSoonAfterTheyAreCancelled) {
  Hand hand;
  RetryBudget budget;
  std::atomic<bool> cancel = false;
  hand.clock.pause = [&](milliseconds pause) {
    hand.time += pause;
    cancel = hand.time.time_since_epoch() > seconds(1);
  };
  S3Retries retries(budget, hand.clock, seconds(60));
  EXPECT_FALSE(retries.another_try(true, seconds(30), &cancel));
  EXPECT_LT(hand.time.time_since_epoch(), seconds(2));
}

TEST(S3Retries, PauseAsLongThoughTheyMayBeCancelled) {
  Hand hand;
  RetryBudget budget;
  const std::atomic<bool> cancel = false;
  S3Retries retries(budget, hand.clock, seconds(60));
  ASSERT_TRUE(retries.another_try(true, seconds(7), &cancel));
  EXPECT_GE(hand.time.time_since_epoch(), seconds(7));
}

TEST(S3Retries, TellWhatIsLeftOfTheirPatience) {
  Hand hand;
  RetryBudget budget;
  S3Retries retries(budget, hand.clock, seconds(10));
  hand.time += seconds(4);
  EXPECT_EQ(retries.left(), seconds(6));
  hand.time += seconds(7);
  EXPECT_EQ(retries.left(), seconds(0));
  retries.progressed();
  EXPECT_EQ(retries.left(), seconds(10));
}

TEST(S3Retries, ShareABudgetSoThatAnOutageIsNoStorm) {
  Hand hand;
  RetryBudget budget;
  int tries = 0;
  for (int operation = 0; operation < 100; ++operation) {
    S3Retries retries(budget, hand.clock, std::chrono::hours(1));
    while (retries.another_try(false)) ++tries;
  }
  EXPECT_EQ(tries, 60);
  for (int i = 0; i < 10; ++i) budget.give_back();
  S3Retries retries(budget, hand.clock, std::chrono::hours(1));
  EXPECT_TRUE(retries.another_try(false));
}

}  // namespace
}  // namespace walden
