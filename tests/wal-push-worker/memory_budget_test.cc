#include "wal-push-worker/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/child_process.h"

namespace walden {
namespace {

using testing::eventually;

// Long enough to see that somebody does not wait, where it should.
constexpr std::chrono::milliseconds kMoment{50};

class MemoryBudgetTest : public ::testing::Test {
 protected:
  ~MemoryBudgetTest() override {
    may_end_ = true;
    if (waiter_.joinable()) waiter_.join();
  }
  // Holds its share until the end of the test.
  void let_another_wait_for(std::uint64_t bytes) {
    waiter_ = std::thread([this, bytes] {
      const auto share = budget_.wait_for(bytes);
      has_share_ = true;
      while (!may_end_) testing::pause_between_looks();
    });
  }
  bool has_share(std::chrono::milliseconds within = std::chrono::seconds(30)) {
    return eventually([&] { return has_share_.load(); }, within);
  }

  MemoryBudget budget_{10};
  std::atomic<bool> has_share_ = false;
  std::atomic<bool> may_end_ = false;
  std::thread waiter_;
};

TEST_F(MemoryBudgetTest, GivesWhatThereIsAtOnce) {
  const auto first = budget_.wait_for(4);
  const auto second = budget_.wait_for(6);
}

TEST_F(MemoryBudgetTest, LetsOneWaitUntilThereIsRoom) {
  {
    const auto share = budget_.wait_for(6);
    let_another_wait_for(5);
    EXPECT_FALSE(has_share(kMoment));
  }
  EXPECT_TRUE(has_share());
}

TEST_F(MemoryBudgetTest, HasRoomAgainWhenAShareShrinks) {
  auto share = budget_.wait_for(6);
  let_another_wait_for(5);
  share.shrink(6);
  share.shrink(100);  // does not grow
  EXPECT_FALSE(has_share(kMoment));
  share.shrink(5);
  EXPECT_TRUE(has_share());
}

TEST_F(MemoryBudgetTest, LetsNobodyWaitForWhatPostgresqlAsks) {
  const auto first = budget_.wait_for(10);
  const auto demanded = budget_.take(100);
}

TEST_F(MemoryBudgetTest, CountsWhatWasTakenBeyondTheLimit) {
  const auto first = budget_.wait_for(1);
  {
    const auto demanded = budget_.take(100);
    let_another_wait_for(1);
    EXPECT_FALSE(has_share(kMoment));
  }
  EXPECT_TRUE(has_share());
}

TEST_F(MemoryBudgetTest, GivesAShareBeyondTheLimitToOneThatIsAlone) {
  {
    const auto first = budget_.wait_for(1);
    let_another_wait_for(50);
    EXPECT_FALSE(has_share(kMoment));
  }
  EXPECT_TRUE(has_share());
}

TEST_F(MemoryBudgetTest, GivesBackWhatAShareHeldAndNoMore) {
  for (int i = 0; i < 3; ++i) {
    auto share = budget_.wait_for(10);
    share.shrink(3);
  }
  {
    const auto all = budget_.wait_for(10);
    let_another_wait_for(1);
    EXPECT_FALSE(has_share(kMoment));
  }
  EXPECT_TRUE(has_share());
}

}  // namespace
}  // namespace walden
