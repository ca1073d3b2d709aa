#include "wal-fetch-worker/fetch_ahead.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <set>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint32_t kSegmentSize = 1U << 20U;
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kMoment{50};

WalName name_of(std::uint64_t number, Timeline timeline = 1) {
  return segment_name(timeline, SegmentNumber{number}, kSegmentSize);
}

// An archive whose answers wait or fail as it is told.
class FakeArchive {
 public:
  explicit FakeArchive(const PrefetchArea& area) : area_(area) {}

  Result<std::uint64_t> fetch(const WalName& name) {
    const std::string text = name.to_text();
    std::unique_lock lock(mutex_);
    begun_.push_back(text);
    changed_.wait(lock, [&] { return !held_.contains(text); });
    if (failing_) return fail(ErrorKind::transient, "store is away");
    if (!stored_.contains(text)) return fail(ErrorKind::absent, text + " is not there");
    testing::write_text(area_.path_of(text), text);
    if (most_files_ < files()) most_files_ = files();
    return kSegmentSize;
  }

  void store(std::uint32_t first, std::uint32_t last, Timeline timeline = 1) {
    const std::lock_guard lock(mutex_);
    for (std::uint32_t number = first; number <= last; ++number) {
      stored_.insert(name_of(number, timeline).to_text());
    }
  }
  void hold(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    held_.insert(name_of(number).to_text());
  }
  void release(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    held_.erase(name_of(number).to_text());
    changed_.notify_all();
  }
  void release_all() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    changed_.notify_all();
  }
  void set_failing(bool failing) {
    const std::lock_guard lock(mutex_);
    failing_ = failing;
  }
  [[nodiscard]] std::vector<std::string> begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  [[nodiscard]] long begun(std::uint32_t number) {
    return std::ranges::count(begun(), name_of(number).to_text());
  }
  [[nodiscard]] std::size_t most_files() {
    const std::lock_guard lock(mutex_);
    return most_files_;
  }

 private:
  [[nodiscard]] std::size_t files() const {
    const fs::directory_iterator entries(area_.path_of("x").parent_path());
    return static_cast<std::size_t>(std::count_if(
        entries, fs::directory_iterator(),
        [](const fs::directory_entry& entry) { return entry.path().filename() != "lock"; }));
  }
  const PrefetchArea& area_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> stored_;
  std::set<std::string> held_;
  bool failing_ = false;
  std::vector<std::string> begun_;
  std::size_t most_files_ = 0;
};

class FetchAheadTest : public ::testing::Test {
 protected:
  FetchAheadTest() : area_(make_area()), ahead_archive_(area_), demand_archive_(area_) {}
  ~FetchAheadTest() override {
    ahead_archive_.release_all();
    demand_archive_.release_all();
  }

  void store(std::uint32_t first, std::uint32_t last, Timeline timeline = 1) {
    ahead_archive_.store(first, last, timeline);
    demand_archive_.store(first, last, timeline);
  }
  void start(const FetchAheadLimits& limits = {.threads = 2}) {
    ahead_.emplace(
        area_, [this](const WalName& name) { return ahead_archive_.fetch(name); }, limits);
  }
  Result<fs::path> demand(const WalName& name, std::chrono::seconds patience = kPatience) {
    return ahead_->demand(name, patience,
                          [this](const WalName& wanted) { return demand_archive_.fetch(wanted); });
  }
  Result<fs::path> demand(std::uint32_t number, std::chrono::seconds patience = kPatience) {
    return demand(name_of(number), patience);
  }
  std::future<Result<fs::path>> begin_demand(std::uint32_t number) {
    return std::async(std::launch::async, [this, number] { return demand(number); });
  }
  // As PostgreSQL does: the file is renamed away.
  void demand_and_take(const WalName& name) {
    const auto file = demand(name);
    ASSERT_TRUE(file) << file.error().cause;
    EXPECT_EQ(testing::read_text(*file), name.to_text());
    fs::rename(*file, folder_ / "RECOVERYXLOG");
    ahead_->let_go(name);
  }
  void demand_and_take(std::uint32_t number) { demand_and_take(name_of(number)); }
  [[nodiscard]] bool lies_there(const WalName& name) const {
    return fs::exists(area_.path_of(name.to_text()));
  }
  bool comes(const WalName& name) {
    return eventually([&] { return lies_there(name); });
  }
  bool comes(std::uint32_t number) { return comes(name_of(number)); }
  bool is_begun(std::uint32_t number, long times = 1) {
    return eventually([&] { return ahead_archive_.begun(number) >= times; });
  }

  testing::TemporaryDirectory folder_;
  PrefetchArea area_;
  FakeArchive ahead_archive_;   // what is fetched ahead
  FakeArchive demand_archive_;  // what is fetched because it is demanded
  std::optional<FetchAhead> ahead_;

 private:
  PrefetchArea make_area() {
    fs::create_directories(folder_ / "pgdata/pg_wal");
    return PrefetchArea::create(folder_ / "pgdata").value();
  }
};

TEST_F(FetchAheadTest, FetchesNothingBeforeTheFirstCall) {
  store(1, 5);
  start();
  ahead_.reset();
  EXPECT_THAT(ahead_archive_.begun(), IsEmpty());
}

TEST_F(FetchAheadTest, HasTheNextOnesReady) {
  store(1, 20);
  start();
  demand_and_take(1);
  EXPECT_TRUE(comes(2));
  EXPECT_TRUE(comes(3));
  for (std::uint32_t number = 2; number <= 10; ++number) {
    ASSERT_TRUE(comes(number));
    demand_and_take(number);
    EXPECT_EQ(ahead_archive_.begun(number), 1);
  }
  EXPECT_THAT(demand_archive_.begun(), ElementsAre(name_of(1).to_text()));
}

TEST_F(FetchAheadTest, WaitsForTheOneThatIsUnderWay) {
  store(1, 5);
  ahead_archive_.hold(2);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  auto demanded = begin_demand(2);
  EXPECT_EQ(demanded.wait_for(kMoment), std::future_status::timeout);
  ahead_archive_.release(2);
  EXPECT_TRUE(demanded.get());
  EXPECT_EQ(demand_archive_.begun(2), 0);
}

TEST_F(FetchAheadTest, FetchesItselfWhatHasBeenUnderWayForTooLong) {
  store(1, 5);
  ahead_archive_.hold(2);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  EXPECT_TRUE(demand(2, std::chrono::seconds(0)));
  EXPECT_EQ(demand_archive_.begun(2), 1);
  ahead_archive_.release(2);
}

TEST_F(FetchAheadTest, FetchesItselfWhatFailedAhead) {
  store(1, 5);
  ahead_archive_.hold(2);
  ahead_archive_.set_failing(true);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  auto demanded = begin_demand(2);
  ahead_archive_.release(2);
  EXPECT_TRUE(demanded.get());
  EXPECT_EQ(demand_archive_.begun(2), 1);
}

TEST_F(FetchAheadTest, RemembersNoFailure) {
  store(1, 9);
  ahead_archive_.set_failing(true);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  ahead_archive_.set_failing(false);
  demand_and_take(2);
  EXPECT_EQ(demand_archive_.begun(2), 1);
  EXPECT_TRUE(comes(3));
}

TEST_F(FetchAheadTest, ReportsTheFailureOfWhatIsDemandedAndBeginsNothing) {
  store(1, 5);
  demand_archive_.set_failing(true);
  start();
  const auto failed = demand(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::transient);
  demand_archive_.set_failing(false);
  ahead_.reset();
  EXPECT_THAT(ahead_archive_.begun(), IsEmpty());
}

TEST_F(FetchAheadTest, BeginsNothingWhileSomethingIsDemanded) {
  store(1, 30);
  ahead_archive_.hold(2);
  demand_archive_.hold(20);
  start({.threads = 1});
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  auto demanded = begin_demand(20);
  ASSERT_TRUE(eventually([&] { return demand_archive_.begun(20) == 1; }));
  ahead_archive_.release(2);
  EXPECT_FALSE(eventually([&] { return ahead_archive_.begun(3) > 0; }, kMoment));
  demand_archive_.release(20);
  EXPECT_TRUE(demanded.get());
  EXPECT_TRUE(comes(21));
}

TEST_F(FetchAheadTest, StopsWhereTheArchiveEnds) {
  store(1, 2);
  start({.threads = 1});
  demand_and_take(1);
  ASSERT_TRUE(is_begun(3));
  demand_and_take(2);
  EXPECT_FALSE(demand(3));
  ahead_.reset();
  EXPECT_EQ(ahead_archive_.begun(4), 0);
}

TEST_F(FetchAheadTest, RemembersNoAbsence) {
  store(1, 2);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(3));
  demand_and_take(2);
  const auto absent = demand(3);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::absent);
  store(3, 3);
  demand_and_take(3);
}

TEST_F(FetchAheadTest, LooksForOneAtATimeAtTheEnd) {
  demand_archive_.store(1, 2);  // they come when they are asked for
  ahead_archive_.hold(3);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  demand_and_take(2);
  ASSERT_TRUE(is_begun(3));
  EXPECT_FALSE(eventually([&] { return ahead_archive_.begun(4) > 0; }, kMoment));
}

TEST_F(FetchAheadTest, LooksForMoreOnceTheArchiveGoesOn) {
  store(1, 2);
  start();
  demand_and_take(1);
  ASSERT_TRUE(is_begun(3));
  demand_and_take(2);
  EXPECT_FALSE(demand(3));
  store(3, 20);
  demand_and_take(3);
  EXPECT_TRUE(comes(4));
  EXPECT_TRUE(comes(5));
}

TEST_F(FetchAheadTest, KeepsToItsBytes) {
  store(1, 40);
  start({.threads = 4, .most_segments = 64, .most_bytes = 3 * kSegmentSize});
  for (std::uint32_t number = 1; number <= 30; ++number) demand_and_take(number);
  EXPECT_LE(ahead_archive_.most_files(), 4U);  // and the one that is being taken
}

TEST_F(FetchAheadTest, KeepsToItsNumberOfSegments) {
  store(1, 40);
  start({.threads = 4, .most_segments = 2});
  for (std::uint32_t number = 1; number <= 30; ++number) demand_and_take(number);
  EXPECT_LE(ahead_archive_.most_files(), 3U);
}

TEST_F(FetchAheadTest, HasOneReadyHoweverFewBytesThereAre) {
  store(1, 9);
  start({.threads = 2, .most_bytes = 1});
  demand_and_take(1);
  EXPECT_TRUE(comes(2));
  demand_and_take(2);
  EXPECT_TRUE(comes(3));
  EXPECT_THAT(ahead_archive_.begun(), ElementsAre(name_of(2).to_text(), name_of(3).to_text()));
}

TEST_F(FetchAheadTest, PlansNothingForAStepBackwards) {
  store(1, 20);
  start();
  demand_and_take(10);
  ASSERT_TRUE(comes(11));
  demand_and_take(5);
  EXPECT_TRUE(lies_there(name_of(11)));
  demand_and_take(11);
  ASSERT_TRUE(comes(12));
  ahead_.reset();
  EXPECT_THAT(ahead_archive_.begun(), Not(Contains(name_of(6).to_text())));
}

// Recovery reads the segment of its checkpoint first, and begins at the redo point.
TEST_F(FetchAheadTest, GoesOnFromTheRedoPoint) {
  store(1, 30);
  start();
  demand_and_take(20);
  ASSERT_TRUE(comes(21));
  demand_and_take(5);
  demand_and_take(6);
  EXPECT_TRUE(comes(7));
}

TEST_F(FetchAheadTest, RemovesWhatRecoveryHasPassedBy) {
  store(1, 99);
  start();
  demand_and_take(1);
  ASSERT_TRUE(comes(2));
  ASSERT_TRUE(comes(3));
  demand_and_take(50);
  ASSERT_TRUE(comes(51));
  demand_and_take(51);
  EXPECT_TRUE(eventually([&] { return !lies_there(name_of(2)) && !lies_there(name_of(3)); }));
  EXPECT_TRUE(comes(52));
}

TEST_F(FetchAheadTest, RemovesWhatNobodyHasTaken) {
  store(1, 9);
  start();
  const auto file = demand(1);
  ASSERT_TRUE(file);
  EXPECT_TRUE(fs::exists(*file));
  ahead_->let_go(name_of(1));
  EXPECT_FALSE(fs::exists(*file));
  demand_and_take(1);  // asked once more
}

TEST_F(FetchAheadTest, KeepsWhatWasNotHandedOver) {
  store(1, 9);
  start();
  demand_and_take(1);
  ASSERT_TRUE(comes(2));
  demand_and_take(2);
  ASSERT_TRUE(comes(3));
  ahead_->let_go(name_of(3));
  ahead_->let_go(name_of(8));
  EXPECT_TRUE(lies_there(name_of(3)));
}

TEST_F(FetchAheadTest, FetchesAgainWhatIsAskedForAgain) {
  store(1, 9);
  start();
  demand_and_take(1);
  demand_and_take(1);
  EXPECT_EQ(demand_archive_.begun(1), 2);
}

TEST_F(FetchAheadTest, FollowsTheHistoryOverToTheNextTimeline) {
  store(1, 2);
  store(3, 9, 2);
  start();
  ahead_->learn(TimelineHistory::parse(2, "1\t0/380028\tx\n").value());
  demand_and_take(1);
  ASSERT_TRUE(comes(2));
  ASSERT_TRUE(comes(name_of(3, 2)));
  demand_and_take(2);
  demand_and_take(name_of(3, 2));
  EXPECT_TRUE(comes(name_of(4, 2)));
  EXPECT_THAT(demand_archive_.begun(), ElementsAre(name_of(1).to_text()));
}

TEST_F(FetchAheadTest, EndsOnlyWhenWhatHasBegunHasEnded) {
  store(1, 9);
  ahead_archive_.hold(2);
  start({.threads = 1});
  demand_and_take(1);
  ASSERT_TRUE(is_begun(2));
  auto end = std::async(std::launch::async, [this] { ahead_.reset(); });
  EXPECT_EQ(end.wait_for(kMoment), std::future_status::timeout);
  ahead_archive_.release(2);
  end.get();
  EXPECT_TRUE(lies_there(name_of(2)));
}

TEST_F(FetchAheadTest, TurnsAnExceptionIntoAnErrorAndGoesOn) {
  store(1, 3);
  start();
  const auto absent =
      ahead_->demand(name_of(1), std::chrono::seconds(1),
                     [](const WalName&) -> Result<std::uint64_t> { throw std::bad_alloc(); });
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::local_io);
  demand_and_take(1);
  EXPECT_TRUE(comes(2));  // nothing counts as demanded any more
}

// At the end of the archive what lies ready is kept, and what is not there is not asked for at each
// step towards it.
TEST_F(FetchAheadTest, KeepsWhatIsReadyWhenTheEndIsNear) {
  store(1, 5);
  start();
  for (std::uint32_t number = 1; number <= 5; ++number) {
    demand_and_take(number);
    if (number < 5) {
      EXPECT_TRUE(comes(number + 1));
    }
  }
  ahead_.reset();
  for (std::uint32_t number = 2; number <= 5; ++number) {
    EXPECT_EQ(ahead_archive_.begun(number), 1) << number;
  }
  EXPECT_LE(ahead_archive_.begun(6), 2);
}

}  // namespace
}  // namespace walden
