#include <atomic>
#include <future>
#include <latch>

#include "tests/store/aws_host.h"
#include "tests/support/child_process.h"

namespace walden {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::expect_refusal;
using Time = std::chrono::system_clock::time_point;

constexpr Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
// Turned by hand; RefreshingCredentials takes a plain function.
std::atomic<Time> g_now = kStart;  // NOLINT(readability-identifier-naming)
Time hand_turned() {
  return g_now;
}

AwsCredentials lasting(Time::duration life, const std::string& id = "ID") {
  return {id, Secret::copy_of(bytes_of(testing::kSecret)), Secret::copy_of(bytes_of(id)),
          hand_turned() + life};
}

// Gives what the test scripts; counts how often it was asked.
class ScriptedSource final : public CredentialSource {
 public:
  using Script = std::function<Result<AwsCredentials>()>;
  struct Shared {
    std::atomic<int> fetches = 0;
    std::atomic<Deadline> deadline{};  // of the latest
    Script script;
  };
  explicit ScriptedSource(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  [[nodiscard]] std::string describe() const override { return "a script"; }
  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    shared_->deadline = deadline;
    ++shared_->fetches;
    return shared_->script();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

class RefreshedCredentials : public ::testing::Test {
 protected:
  RefreshedCredentials() { g_now = kStart; }
  static void pass(Time::duration time) { g_now = g_now.load() + time; }
  void gives(ScriptedSource::Script script) { source->script = std::move(script); }
  void fails() {
    gives([] { return fail(ErrorKind::transient, "no answer"); });
  }
  std::shared_ptr<const AwsCredentials> current() {
    auto held = credentials.current();
    EXPECT_TRUE(held) << held.error().cause;
    return held ? *held : nullptr;
  }

  std::shared_ptr<ScriptedSource::Shared> source = std::make_shared<ScriptedSource::Shared>();
  RefreshingCredentials credentials{std::make_unique<ScriptedSource>(source), &hand_turned};
};

TEST_F(RefreshedCredentials, AreKeptUntilAQuarterOfAnHourBeforeTheirEnd) {
  gives([] { return lasting(hours(6)); });
  EXPECT_EQ(source->fetches, 0);
  const auto first = current();
  pass(hours(6) - minutes(15) - seconds(1));
  EXPECT_EQ(current(), first);
  EXPECT_EQ(source->fetches, 1);
  pass(seconds(1));
  EXPECT_NE(current(), first);
  EXPECT_EQ(source->fetches, 2);
}

TEST_F(RefreshedCredentials, AreKeptForHalfOfAShortLife) {
  gives([] { return lasting(minutes(10)); });
  const auto first = current();
  pass(minutes(5) - seconds(1));
  EXPECT_EQ(current(), first);
  pass(seconds(1));
  EXPECT_NE(current(), first);
}

TEST_F(RefreshedCredentials, AreKeptForGoodWithoutAnEnd) {
  gives([] { return AwsCredentials{"ID", {}, {}, std::nullopt}; });
  const auto first = current();
  pass(hours(24 * 365));
  EXPECT_EQ(current(), first);
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(RefreshedCredentials, GoOnWithWhatIsValidWhenARefreshFails) {
  gives([] { return lasting(hours(1)); });
  const auto first = current();
  fails();
  pass(minutes(45));
  EXPECT_EQ(current(), first);
  EXPECT_EQ(current(), first);
  EXPECT_EQ(source->fetches, 2) << "it must not ask again at once";
  pass(seconds(30));
  EXPECT_EQ(current(), first);
  EXPECT_EQ(source->fetches, 3);
  pass(minutes(15));
  expect_refusal(credentials.current(), ErrorKind::transient, "no answer");
  gives([] { return lasting(hours(1)); });
  EXPECT_NE(current(), first);
}

TEST_F(RefreshedCredentials, FailWithTheSourcesErrorWhenThereAreNone) {
  gives([] { return fail(ErrorKind::denied, "not you"); });
  expect_refusal(credentials.current(), ErrorKind::denied, "not you");
  expect_refusal(credentials.current(), ErrorKind::denied, "not you");
  EXPECT_EQ(source->fetches, 2);
}

TEST_F(RefreshedCredentials, AreNotTakenWhenTheyHaveExpiredAlready) {
  gives([] { return lasting(seconds(0)); });
  expect_refusal(credentials.current(), ErrorKind::transient, "expired already");
  gives([] { return lasting(hours(1)); });
  const auto first = current();
  gives([] { return lasting(-hours(1)); });
  pass(minutes(50));
  EXPECT_EQ(current(), first);
}

TEST_F(RefreshedCredentials, AreFetchedAnewWhenTheServiceRejectsThem) {
  gives([] { return lasting(hours(1), "OLD"); });
  const auto old = current();
  gives([] { return lasting(hours(1), "NEW"); });
  EXPECT_TRUE(credentials.reject(old));
  EXPECT_TRUE(credentials.reject(old)) << "others are on their way";
  EXPECT_EQ(current()->access_key_id, "NEW");
  EXPECT_TRUE(credentials.reject(old)) << "others are there";
  EXPECT_EQ(current()->access_key_id, "NEW");
  EXPECT_EQ(source->fetches, 2);
}

TEST_F(RefreshedCredentials, AreNotGoneOnWithWhenRejectedAndTheFetchFails) {
  gives([] { return lasting(hours(1)); });
  EXPECT_TRUE(credentials.reject(current()));
  fails();
  expect_refusal(credentials.current(), ErrorKind::transient, "no answer");
}

// A wrong key in a file: one more look, then the refusal stands, until a person may have mended it.
TEST_F(RefreshedCredentials, AreNotWorthAnotherTryWhenTheFetchGaveTheSame) {
  gives([] { return AwsCredentials{"ID", {}, {}, std::nullopt}; });
  const auto wrong = current();
  EXPECT_TRUE(credentials.reject(wrong));
  EXPECT_EQ(current(), wrong);
  EXPECT_FALSE(credentials.reject(wrong));
  EXPECT_EQ(current(), wrong);
  EXPECT_EQ(source->fetches, 2);
  pass(seconds(30));
  gives([] { return AwsCredentials{"MENDED", {}, {}, std::nullopt}; });
  EXPECT_TRUE(credentials.reject(wrong));
  EXPECT_EQ(current()->access_key_id, "MENDED");
}

constexpr int kThreads = 8;

TEST_F(RefreshedCredentials, AreFetchedOnceForAllWhoWait) {
  std::latch all_started(kThreads);
  gives([&] {
    all_started.wait();
    return lasting(hours(1));
  });
  std::vector<std::future<std::shared_ptr<const AwsCredentials>>> waiting;
  for (int i = 0; i < kThreads; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] {
      all_started.count_down();
      return current();
    }));
  }
  const auto first = waiting.front().get();
  for (std::size_t i = 1; i < waiting.size(); ++i) EXPECT_EQ(waiting[i].get(), first);
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(RefreshedCredentials, AreFetchedWithinTheTimeOfTheOneWhoAsks) {
  gives([] { return lasting(hours(1)); });
  const Deadline deadline = std::chrono::steady_clock::now() + minutes(1);
  ASSERT_TRUE(credentials.current(deadline));
  EXPECT_EQ(source->deadline.load(), deadline);
}

// The one who fetches may have more patience than another who waits along.
TEST_F(RefreshedCredentials, AreNotWaitedForLongerThanTheOneWhoWaitsHasTime) {
  std::promise<void> may_answer;
  gives([&] {
    may_answer.get_future().wait();
    return lasting(hours(1));
  });
  auto fetched = std::async(std::launch::async, [&] { return current(); });
  ASSERT_TRUE(testing::eventually([&] { return source->fetches == 1; }));
  expect_refusal(credentials.current(std::chrono::steady_clock::now() + seconds(1)),
                 ErrorKind::transient, "did not come in time");
  may_answer.set_value();
  EXPECT_NE(fetched.get(), nullptr);
  EXPECT_EQ(source->fetches, 1);
}

TEST_F(RefreshedCredentials, AreHandedOutWhileAnotherThreadRefreshes) {
  gives([] { return lasting(hours(1)); });
  const auto first = current();
  pass(minutes(50));
  std::promise<void> may_answer;
  gives([&] {
    may_answer.get_future().wait();
    return lasting(hours(1));
  });
  auto refreshed = std::async(std::launch::async, [&] { return current(); });
  ASSERT_TRUE(testing::eventually([&] { return source->fetches == 2; }));
  EXPECT_EQ(current(), first);  // not held up
  may_answer.set_value();
  EXPECT_NE(refreshed.get(), first);
  EXPECT_EQ(source->fetches, 2);
}

}  // namespace
}  // namespace walden
