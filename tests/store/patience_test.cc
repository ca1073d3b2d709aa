#include "common/store/patience.h"

#include <gmock/gmock.h>

#include <numeric>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::Le;

const Error kOutage{ErrorKind::transient, "no answer", ""};
const Error kDamage{ErrorKind::corrupt, "frame 3 is damaged", ""};

// A clock that passes only while it is waited for.
class WithClock : public ::testing::Test {
 protected:
  Patience patience(seconds limit) {
    return {limit,
            Clock{[this] { return now_; },
                  [this](milliseconds time) {
                    pauses_.push_back(time);
                    now_ += time;
                  }},
            [this](const Error&, seconds passed) { words_.push_back(passed); }};
  }
  std::vector<milliseconds> pauses_;
  std::vector<seconds> words_;
  Clock::Time now_{seconds(1000)};
};

using PatienceTest = WithClock;

TEST_F(PatienceTest, PausesLongerEachTimeUpToFiveSeconds) {
  Patience tried = patience(seconds(3600));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(tried.another_try(kOutage));
  using std::chrono_literals::operator""ms;
  EXPECT_THAT(pauses_, ElementsAre(100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms));
}

TEST_F(PatienceTest, EndsExactlyAtItsLimit) {
  Patience tried = patience(seconds(60));
  while (tried.another_try(kOutage)) ASSERT_THAT(pauses_.size(), Le(100U));
  EXPECT_EQ(std::accumulate(pauses_.begin(), pauses_.end(), milliseconds(0)), seconds(60));
}

TEST_F(PatienceTest, HasNoneWithALimitOfZero) {
  Patience tried = patience(seconds(0));
  EXPECT_FALSE(tried.another_try(kOutage));
  EXPECT_TRUE(words_.empty());
}

TEST_F(PatienceTest, SpeaksAtOnceAndThenEveryTenSeconds) {
  Patience tried = patience(seconds(40));
  while (tried.another_try(kOutage)) continue;
  ASSERT_FALSE(words_.empty());
  EXPECT_EQ(words_.front(), seconds(0));
  for (std::size_t i = 1; i < words_.size(); ++i) {
    EXPECT_GE(words_[i] - words_[i - 1], seconds(9));
    EXPECT_LE(words_[i] - words_[i - 1], seconds(15));
  }
  EXPECT_GE(words_.size(), 3U);
}

TEST_F(PatienceTest, TriesDamageTwoMoreTimesOnly) {
  Patience tried = patience(seconds(3600));
  EXPECT_TRUE(tried.another_try(kDamage));
  EXPECT_TRUE(tried.another_try(kOutage));
  EXPECT_TRUE(tried.another_try(kDamage));
  EXPECT_FALSE(tried.another_try(kDamage));
}

}  // namespace
}  // namespace walden
