#include "wal-push-worker/push_ahead.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <future>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

WalName name_of(std::uint64_t number) {
  return segment_name(1, SegmentNumber{number}, 16U << 20U);
}

// Takes pushes, and lets them wait or fail as it is told.
class FakePush {
 public:
  Result<> operator()(const SegmentPush& segment) {
    std::unique_lock lock(mutex_);
    begun_.push_back(segment);
    changed_.wait(lock, [&] { return !held_.contains(segment.name.segment); });
    ++ended_;
    if (failing_.contains(segment.name.segment)) return fail(ErrorKind::transient, "store is away");
    return {};
  }

  void hold(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    held_.insert(number);
  }
  void release(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    held_.erase(number);
    changed_.notify_all();
  }
  void release_all() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    changed_.notify_all();
  }
  void set_failing(std::set<std::uint32_t> numbers) {
    const std::lock_guard lock(mutex_);
    failing_ = std::move(numbers);
  }
  [[nodiscard]] std::vector<std::uint32_t> begun() {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint32_t> numbers;
    for (const auto& segment : begun_) numbers.push_back(segment.name.segment);
    return numbers;
  }
  [[nodiscard]] std::vector<SegmentPush> pushes() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  [[nodiscard]] long begun(std::uint32_t number) { return std::ranges::count(begun(), number); }
  [[nodiscard]] std::size_t ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SegmentPush> begun_;
  std::size_t ended_ = 0;
  std::set<std::uint32_t> held_;
  std::set<std::uint32_t> failing_;
};

class PushAheadTest : public ::testing::Test {
 protected:
  PushAheadTest() { fs::create_directories(wal() / "archive_status"); }
  ~PushAheadTest() override { push_.release_all(); }

  [[nodiscard]] fs::path wal() const { return folder_ / "pg_wal"; }
  [[nodiscard]] fs::path path_of(std::uint32_t number) const {
    return wal() / name_of(number).to_text();
  }
  [[nodiscard]] fs::path ready_file(std::uint32_t number) const {
    return wal() / "archive_status" / (name_of(number).to_text() + ".ready");
  }
  void make_ready(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t number = first; number <= last; ++number) {
      testing::write_text(path_of(number), "segment");
      testing::write_text(ready_file(number), "");
    }
  }
  void start(unsigned threads = 2) {
    ahead_.emplace(
        wal(), [this](const auto& segment) { return push_(segment); }, threads);
  }
  Result<> demand(std::uint32_t number) { return ahead_->demand(name_of(number)); }
  std::future<Result<>> begin_demand(std::uint32_t number) {
    return std::async(std::launch::async, [this, number] { return demand(number); });
  }
  bool is_begun(std::uint32_t number) {
    return eventually([&] { return push_.begun(number) > 0; });
  }

  testing::TemporaryDirectory folder_;
  FakePush push_;
  std::optional<PushAhead> ahead_;
};

TEST_F(PushAheadTest, PushesEveryReadySegmentOnce) {
  make_ready(1, 6);
  start();
  EXPECT_TRUE(demand(1));
  EXPECT_TRUE(eventually([&] { return push_.ended() == 6; }));
  for (std::uint32_t number = 1; number <= 6; ++number) EXPECT_TRUE(demand(number)) << number;
  EXPECT_THAT(push_.begun(), UnorderedElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(PushAheadTest, SaysWhichOneIsWaitedFor) {
  make_ready(1, 2);
  start();
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(is_begun(2));
  for (const auto& pushed : push_.pushes()) {
    EXPECT_EQ(pushed.demanded, pushed.name.segment == 1);
    EXPECT_EQ(pushed.path, path_of(pushed.name.segment));
  }
}

TEST_F(PushAheadTest, PushesSeveralAtOnceBesideTheOneThatIsDemanded) {
  make_ready(1, 6);
  for (std::uint32_t number = 2; number <= 6; ++number) push_.hold(number);
  start(3);
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(eventually([&] { return push_.begun().size() == 4; }));
  auto demanded = begin_demand(6);
  EXPECT_TRUE(is_begun(6));
  EXPECT_EQ(push_.begun(5), 0);
  push_.release_all();
  EXPECT_TRUE(demanded.get());
  EXPECT_TRUE(is_begun(5));
}

// A clone that still archives into its source's archive: its first segment is refused, and what
// lies behind it must not take the places of the source's own.
TEST_F(PushAheadTest, PushesNothingAheadBeforeOneThatWasAskedForIsStored) {
  make_ready(1, 3);
  push_.hold(1);
  push_.set_failing({1});
  start();
  auto demanded = begin_demand(1);
  ASSERT_TRUE(is_begun(1));
  EXPECT_EQ(demanded.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  push_.release(1);
  EXPECT_FALSE(demanded.get());
  ahead_.reset();
  EXPECT_THAT(push_.begun(), ElementsAre(1));
}

TEST_F(PushAheadTest, FindsWhatBecomesReadyLater) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  make_ready(2, 4);
  EXPECT_TRUE(demand(2));
  EXPECT_TRUE(is_begun(3));
  EXPECT_TRUE(is_begun(4));
}

TEST_F(PushAheadTest, WaitsForTheOneThatIsBeingPushed) {
  make_ready(1, 2);
  push_.hold(2);
  start();
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(is_begun(2));
  auto demanded = begin_demand(2);
  EXPECT_EQ(demanded.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  push_.release(2);
  EXPECT_TRUE(demanded.get());
  EXPECT_EQ(push_.begun(2), 1);
}

TEST_F(PushAheadTest, PushesItselfWhatFailedWhileItWaited) {
  make_ready(1, 2);
  push_.hold(2);
  push_.set_failing({2});
  start();
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(is_begun(2));
  auto demanded = begin_demand(2);
  push_.release(2);
  const auto result = demanded.get();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().cause, HasSubstr("store is away"));
  EXPECT_EQ(push_.begun(2), 2);
}

TEST_F(PushAheadTest, PushesTheSameNameOnceForTwoCallers) {
  make_ready(1, 1);
  push_.hold(1);
  start();
  auto first = begin_demand(1);
  auto second = begin_demand(1);
  ASSERT_TRUE(is_begun(1));
  push_.release(1);
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(push_.begun(1), 1);
}

TEST_F(PushAheadTest, PushesARewrittenFileAgain) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  testing::write_text(path_of(1), "another segment");
  EXPECT_TRUE(demand(1));
  EXPECT_EQ(push_.begun(1), 2);
}

TEST_F(PushAheadTest, PushesAFileThatOnlyLooksLikeTheOneBefore) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  const fs::path alike = wal() / "xlogtemp.1";
  testing::write_text(alike, "SEGMENT");
  fs::last_write_time(alike, fs::last_write_time(path_of(1)));
  fs::rename(alike, path_of(1));
  EXPECT_TRUE(demand(1));
  EXPECT_EQ(push_.begun(1), 2);
}

TEST_F(PushAheadTest, DoesNotRememberAFileThatChangedWhileItWasPushed) {
  make_ready(1, 1);
  push_.hold(1);
  start();
  auto demanded = begin_demand(1);
  ASSERT_TRUE(is_begun(1));
  testing::write_text(path_of(1), "another segment");
  push_.release(1);
  (void)demanded.get();
  EXPECT_TRUE(demand(1));
  EXPECT_EQ(push_.begun(1), 2);
}

TEST_F(PushAheadTest, AcknowledgesNoFileThatIsNotThere) {
  make_ready(1, 1);
  start();
  EXPECT_FALSE(demand(2));
  EXPECT_TRUE(demand(1));
  fs::remove(path_of(1));
  EXPECT_FALSE(demand(1));
}

TEST_F(PushAheadTest, SaysAFailureOnlyToTheOneWhoAsks) {
  make_ready(1, 3);
  push_.set_failing({2});
  start(1);
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(is_begun(2));
  const auto asked = demand(2);
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind, ErrorKind::transient);
  EXPECT_EQ(push_.begun(2), 2);
  EXPECT_EQ(push_.begun(3), 0);  // nothing ahead while it fails
  push_.set_failing({});
  EXPECT_TRUE(demand(2));
  EXPECT_EQ(push_.begun(2), 3);
  EXPECT_TRUE(is_begun(3));
}

TEST_F(PushAheadTest, PushesNothingAheadBehindADemandThatFails) {
  make_ready(1, 4);
  push_.set_failing({2});
  push_.hold(3);
  start(1);
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(eventually([&] { return push_.ended() == 2; }));
  push_.set_failing({});
  EXPECT_TRUE(demand(2));
  ASSERT_TRUE(is_begun(3));
  push_.set_failing({5});
  make_ready(5, 5);
  EXPECT_FALSE(demand(5));
  push_.release(3);
  ahead_.reset();
  EXPECT_EQ(push_.begun(4), 0);
}

// What is asked for again after a failure may be asked for in another store.
TEST_F(PushAheadTest, ForgetsWhatIsDurableWhenADemandFails) {
  make_ready(1, 3);
  start();
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(eventually([&] { return push_.ended() == 3; }));
  push_.set_failing({4});
  make_ready(4, 4);
  EXPECT_FALSE(demand(4));
  EXPECT_TRUE(demand(2));
  EXPECT_EQ(push_.begun(2), 2);
}

TEST_F(PushAheadTest, ForgetsWhatIsDurableWhenSomethingElseIsRefused) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  ahead_->hold();
  EXPECT_TRUE(demand(1));
  EXPECT_EQ(push_.begun(1), 2);
}

TEST_F(PushAheadTest, RemembersASuccessForAWhileOnly) {
  make_ready(1, 1);
  PushAhead forgetful(
      wal(), [this](const auto& segment) { return push_(segment); }, 1, std::chrono::seconds(0));
  EXPECT_TRUE(forgetful.demand(name_of(1)));
  EXPECT_TRUE(forgetful.demand(name_of(1)));
  EXPECT_EQ(push_.begun(1), 2);
}

TEST_F(PushAheadTest, TellsWhetherASegmentIsStillWanted) {
  make_ready(1, 2);
  std::promise<bool> before;
  std::promise<void> refused;
  std::promise<bool> after;
  PushAhead ahead(
      wal(),
      [&](const SegmentPush& segment) -> Result<> {
        if (segment.name.segment == 3) return fail(ErrorKind::transient, "store is away");
        if (segment.demanded) return {};
        before.set_value(segment.is_wanted());
        refused.get_future().wait();
        after.set_value(segment.is_wanted());
        return {};
      },
      1);
  EXPECT_TRUE(ahead.demand(name_of(1)));
  EXPECT_TRUE(before.get_future().get());
  make_ready(3, 3);
  EXPECT_FALSE(ahead.demand(name_of(3)));
  refused.set_value();
  EXPECT_FALSE(after.get_future().get());
}

TEST_F(PushAheadTest, ForgetsWhatIsNotReadyAnyMore) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  fs::remove(ready_file(1));
  EXPECT_TRUE(eventually([&] { return demand(1) && push_.begun(1) > 1; }));
}

TEST_F(PushAheadTest, LeavesTheReadyFilesAlone) {
  make_ready(1, 3);
  start();
  EXPECT_TRUE(demand(1));
  EXPECT_TRUE(eventually([&] { return push_.ended() == 3; }));
  ahead_.reset();
  for (std::uint32_t number = 1; number <= 3; ++number) EXPECT_TRUE(fs::exists(ready_file(number)));
  const fs::directory_iterator files(wal() / "archive_status");
  EXPECT_EQ(std::distance(files, fs::directory_iterator()), 3);
}

TEST_F(PushAheadTest, PushesOnlyWhatIsAskedWhereTheReadyFilesCannotBeSeen) {
  make_ready(1, 2);
  fs::remove_all(wal() / "archive_status");
  start();
  EXPECT_TRUE(demand(1));
  EXPECT_TRUE(demand(2));
  EXPECT_EQ(push_.begun().size(), 2U);
}

TEST_F(PushAheadTest, EndsOnlyWhenWhatHasBegunHasEnded) {
  make_ready(1, 4);
  push_.hold(2);
  start(1);
  EXPECT_TRUE(demand(1));
  ASSERT_TRUE(is_begun(2));
  auto end = std::async(std::launch::async, [this] { ahead_.reset(); });
  EXPECT_EQ(end.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  push_.release(2);
  end.get();
  EXPECT_EQ(push_.ended(), push_.begun().size());
}

// Its history comes before it, and may be refused: then its segments must not be there first.
TEST_F(PushAheadTest, PushesNothingOfAnotherTimelineThanTheOneAskedFor) {
  make_ready(1, 3);
  const std::string other = segment_name(2, SegmentNumber{2}, 16U << 20U).to_text();
  testing::write_text(wal() / other, "segment");
  testing::write_text(wal() / "archive_status" / (other + ".ready"), "");
  start();
  EXPECT_TRUE(demand(1));
  EXPECT_TRUE(eventually([&] { return push_.ended() == 3; }));
  ahead_.reset();
  for (const auto& pushed : push_.pushes()) EXPECT_EQ(pushed.name.timeline, 1U);
}

TEST_F(PushAheadTest, HoldsAfterARefusalUntilASegmentIsPushed) {
  make_ready(1, 1);
  start();
  EXPECT_TRUE(demand(1));
  ahead_->hold();
  make_ready(2, 4);
  push_.hold(2);
  auto demanded = begin_demand(2);
  ASSERT_TRUE(is_begun(2));
  EXPECT_EQ(demanded.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_THAT(push_.begun(), ElementsAre(1, 2));
  push_.release(2);
  EXPECT_TRUE(demanded.get());
  EXPECT_TRUE(is_begun(3));
}

TEST_F(PushAheadTest, TurnsAnExceptionIntoAnErrorAndGoesOn) {
  make_ready(1, 1);
  bool short_of_memory = true;
  PushAhead ahead(
      wal(),
      [&](const SegmentPush&) -> Result<> {
        if (std::exchange(short_of_memory, false)) throw std::bad_alloc();
        return {};
      },
      1);
  const auto first = ahead.demand(name_of(1));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::local_io);
  EXPECT_TRUE(ahead.demand(name_of(1)));
}

}  // namespace
}  // namespace walden
