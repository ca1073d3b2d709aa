#include "basebackup/drill_target.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

RecoveryWindow window_of(std::int64_t begin, std::int64_t end) {
  RecoveryWindow window;
  window.begin = Instant{begin};
  window.end = Instant{end};
  return window;
}

WindowHole hole(std::optional<Instant> from, std::optional<Instant> to) {
  return {.segments = {}, .from = from, .to = to};
}

TEST(RandomMoment, IsTheSameForTheSameSeed) {
  const auto window = window_of(1'000, 1'000'000'000);
  EXPECT_EQ(random_moment(window, 42).value(), random_moment(window, 42).value());
  EXPECT_NE(random_moment(window, 42).value(), random_moment(window, 43).value());
  // Anywhere, in every version: a report names the seed.
  EXPECT_EQ(static_cast<std::uint64_t>(random_moment(window, 5489).value().microseconds),
            1'000 + 14514284786278117030ULL % 999'999'001);
}

TEST(RandomMoment, LiesWithinTheWindowAndReachesBothEnds) {
  const auto window = window_of(10, 13);
  std::array<int, 4> hits{};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto moment = random_moment(window, seed).value().microseconds;
    ASSERT_TRUE(moment >= 10 && moment <= 13) << moment;
    ++hits.at(static_cast<std::size_t>(moment - 10));
  }
  for (const int count : hits) EXPECT_GT(count, 20);
}

TEST(RandomMoment, LiesInNoHole) {
  auto window = window_of(0, 1000);
  window.holes = {hole(Instant{100}, Instant{500}), hole(Instant{600}, Instant{900})};
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto moment = random_moment(window, seed).value().microseconds;
    EXPECT_TRUE(moment <= 100 || (moment >= 500 && moment <= 600) || moment >= 900) << moment;
  }
}

TEST(RandomMoment, TakesAnUnknownEdgeForTheWindows) {
  auto window = window_of(0, 1000);
  window.holes = {hole(Instant{100}, std::nullopt)};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_LE(random_moment(window, seed).value().microseconds, 100);
  }
}

TEST(RandomMoment, OfNothingIsAnError) {
  EXPECT_FALSE(random_moment(RecoveryWindow{}, 1));
}

}  // namespace
}  // namespace walden
