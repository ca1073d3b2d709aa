#include "common/bytes/ordered_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>

namespace walden::testing {
namespace {

// Later frames are often ready before earlier ones; and one may fail or throw.
class Doubler final : public FrameWorker {
 public:
  explicit Doubler(int failing = -1, int throwing = -1) : failing_(failing), throwing_(throwing) {}
  [[nodiscard]] Result<> run(FrameJob& job) override {
    const int index = static_cast<int>(job.index);
    if (index == failing_) return fail(ErrorKind::corrupt, "bad frame");
    if (index == throwing_) throw std::bad_alloc();
    for (int spin = index % 3 == 0 ? 200 : 0; spin > 0; --spin) std::this_thread::yield();
    job.out.assign(job.in.begin(), job.in.end());
    job.out.insert(job.out.end(), job.in.begin(), job.in.end());
    job.out_size = job.out.size();
    return {};
  }

 private:
  int failing_;
  int throwing_;
};

struct Outcome {
  Result<> result;
  std::vector<std::uint32_t> delivered;
  std::size_t jobs = 0;
  std::size_t workers = 0;
};

struct Plan {
  unsigned threads = 2;
  std::uint32_t frames = 20;
  int failing = -1;
  int throwing = -1;
  int refused = -1;
};

Result<> push_all(OrderedFrames& frames, const Plan& plan, std::set<FrameJob*>& jobs) {
  for (std::uint32_t i = 0; i < plan.frames; ++i) {
    FrameJob* job = TRY(frames.next());
    jobs.insert(job);
    EXPECT_TRUE(job->in.empty());
    job->index = i;
    job->in.assign(1 + i % 5, static_cast<std::uint8_t>(i));
    frames.submit(job);
  }
  return frames.drain();
}

Outcome run_plan(const Plan& plan) {
  Outcome outcome;
  std::atomic<std::size_t> workers = 0;
  std::set<FrameJob*> jobs;
  const std::thread::id caller = std::this_thread::get_id();
  OrderedFrames frames(
      plan.threads,
      [&]() -> Result<std::unique_ptr<FrameWorker>> {
        ++workers;
        return std::make_unique<Doubler>(plan.failing, plan.throwing);
      },
      [&](const FrameJob& job) -> Result<> {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        EXPECT_EQ(job.out_size, 2 * (1 + job.index % 5));
        if (static_cast<int>(job.index) == plan.refused) return fail(ErrorKind::local_io, "full");
        outcome.delivered.push_back(job.index);
        return {};
      });
  outcome.result = push_all(frames, plan, jobs);
  outcome.jobs = jobs.size();
  outcome.workers = workers;
  return outcome;
}

class OrderedFramesOn : public ::testing::TestWithParam<unsigned> {};

TEST_P(OrderedFramesOn, DeliversInOrderWithABoundOnWhatIsInFlight) {
  const Outcome all = run_plan({.threads = GetParam(), .frames = 50});
  ASSERT_TRUE(all.result) << all.result.error().cause;
  ASSERT_EQ(all.delivered.size(), 50);
  EXPECT_TRUE(std::ranges::is_sorted(all.delivered));
  EXPECT_LE(all.jobs, GetParam() + 2);
}

TEST_P(OrderedFramesOn, EndsCleanlyAfterAnyError) {
  for (const int at : {0, 1, 7, 19}) {
    for (const Plan& plan :
         {Plan{.threads = GetParam(), .failing = at}, Plan{.threads = GetParam(), .throwing = at},
          Plan{.threads = GetParam(), .refused = at}}) {
      const Outcome failed = run_plan(plan);
      EXPECT_FALSE(failed.result);
      EXPECT_EQ(failed.delivered.size(), static_cast<std::size_t>(at));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, OrderedFramesOn, ::testing::Values(0U, 1U, 2U, 3U, 8U),
                         ::testing::PrintToStringParamName());

TEST(OrderedFrames, StartsNoThreadForASingleFrame) {
  std::thread::id maker;
  OrderedFrames frames(
      4,
      [&]() -> Result<std::unique_ptr<FrameWorker>> {
        maker = std::this_thread::get_id();
        return std::make_unique<Doubler>();
      },
      [](const FrameJob&) -> Result<> { return {}; });
  auto job = frames.next();
  ASSERT_TRUE(job);
  (*job)->in = {1};
  frames.submit(*job);
  EXPECT_TRUE(frames.drain());
  EXPECT_EQ((*job)->out, (Buffer{1, 1}));
  EXPECT_EQ(maker, std::this_thread::get_id());
}

TEST(OrderedFrames, PassesOnThatNoWorkerCanBeMade) {
  for (const unsigned threads : {1U, 3U}) {
    OrderedFrames frames(
        threads,
        []() -> Result<std::unique_ptr<FrameWorker>> { return fail(ErrorKind::local_io, "none"); },
        [](const FrameJob&) -> Result<> { return {}; });
    std::set<FrameJob*> jobs;
    EXPECT_EQ(push_all(frames, {.frames = 10}, jobs).error().cause, "none");
  }
}

}  // namespace
}  // namespace walden::testing
