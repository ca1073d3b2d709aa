#include "common/program/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "common/program/progress_line.h"
#include "tests/support/environment.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A standard error that keeps what it gets, and a clock that moves when it is told to.
struct Screen {
  std::vector<std::string> writes;
  std::chrono::steady_clock::time_point time{};
  int columns = 100;

  [[nodiscard]] ProgressOutput output(bool terminal) {
    return {[this](std::string_view text) { writes.emplace_back(text); }, [this] { return time; },
            [this] { return columns; }, terminal};
  }
};

int columns_of(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

TEST(ProgressElsewhere, SaysALineEveryTenSecondsWithoutControlCharacters) {
  Screen screen;
  Progress progress("basebackup", "base", 400'000'000'000, screen.output(false));
  screen.time += milliseconds(9999);
  progress.add(100'000'000'000);
  EXPECT_TRUE(screen.writes.empty());
  screen.time += milliseconds(1);
  progress.add(100'000'000'000);
  EXPECT_THAT(screen.writes,
              ElementsAre("basebackup: base  50 %   200 of 400 GB   20.0 GB/s   11 s left\n"));
  progress.add(1);
  EXPECT_EQ(screen.writes.size(), 1U);
}

TEST(ProgressElsewhere, SaysTheFinalFiguresOnlyAfterOthers) {
  Screen quick;
  Progress("basebackup", "base", 10, quick.output(false)).done();
  EXPECT_TRUE(quick.writes.empty());

  Screen slow;
  Progress progress("basebackup", "base", 2000, slow.output(false));
  slow.time += seconds(10);
  progress.add(1000);
  progress.add(1000);
  progress.done();
  ASSERT_EQ(slow.writes.size(), 2U);
  EXPECT_THAT(slow.writes.back(), HasSubstr("100 %   2.0 of 2.0 kB"));
}

TEST(ProgressElsewhere, SaysASentenceOnce) {
  Screen screen;
  Progress progress("basebackup", "base", 0, screen.output(false));
  progress.waiting("waiting for the last segment");
  progress.waiting("waiting for the last segment");
  EXPECT_THAT(screen.writes, ElementsAre("basebackup: waiting for the last segment\n"));
}

TEST(ProgressOnATerminal, RedrawsInPlaceAndClearsWhenItGoes) {
  Screen screen;
  {
    Progress progress("basebackup", "base", 1000, screen.output(true));
    screen.time += milliseconds(100);
    progress.add(500);
    ASSERT_EQ(screen.writes.size(), 1U);
    EXPECT_THAT(screen.writes[0], ::testing::StartsWith("\r\x1b[K  base     █"));
    screen.time += milliseconds(99);
    progress.add(1);
    EXPECT_EQ(screen.writes.size(), 1U) << "drawn more often than it can be read";
    progress.waiting("waiting");
    EXPECT_EQ(screen.writes.back(), "\r\x1b[K  waiting");
  }
  EXPECT_EQ(screen.writes.back(), "\r\x1b[K");
}

TEST(ProgressOnATerminal, IsNeverWiderThanTheTerminal) {
  const ProgressFigures figures{"base", 271'000'000'000, 412'000'000'000, seconds(246)};
  for (int width = 0; width <= 120; ++width) {
    EXPECT_LE(columns_of(bar_line(figures, width)), width);
  }
  EXPECT_THAT(bar_line(figures, 100), HasSubstr("░  65 %   271 of 412 GB   1.1 GB/s   2 min 8 s"));
  EXPECT_THAT(bar_line(figures, 60), ::testing::Not(HasSubstr("█")));
  EXPECT_THAT(bar_line(figures, 70), HasSubstr("left"));
}

TEST(ProgressLine, OfAnUnknownTotalHasNeitherBarNorTimeLeft) {
  const std::string line = bar_line({"base", 5'000'000, 0, seconds(1)}, 100);
  EXPECT_EQ(line, "  base     5.0 MB   5.0 MB/s");
}

TEST(ProgressLine, OfMoreThanWasAnnouncedStaysAtHundred) {
  const std::string line = plain_line({"base", 1'500'000, 1'000'000, seconds(1)});
  EXPECT_EQ(line, "base 100 %   1.5 of 1.5 MB   1.5 MB/s");
}

TEST(ProgressLine, NamesBothUnitsWhereTheyDiffer) {
  EXPECT_THAT(plain_line({"base", 900'000'000, 412'000'000'000, seconds(1)}),
              HasSubstr("900 MB of 412 GB"));
}

TEST(ProgressLine, OfASecondThatHasNotPassedPromisesNothingAbsurd) {
  const std::string line = plain_line({"base", 1, 1'000'000'000'000, seconds(3600)});
  EXPECT_THAT(line, ::testing::Not(HasSubstr("left")));
}

TEST(Progress, CountsWhatSeveralThreadsAdd) {
  Screen screen;
  Progress progress("basebackup", "fetch", 8000, screen.output(false));
  std::array<std::jthread, 4> threads;
  for (auto& thread : threads) {
    thread = std::jthread([&progress] {
      for (int n = 0; n < 1000; ++n) progress.add(1);
    });
  }
  for (auto& thread : threads) thread.join();
  screen.time += seconds(10);
  progress.add(1000);
  EXPECT_THAT(screen.writes.at(0), HasSubstr("5.0 of 8.0 kB"));
}

TEST(Colours, AreNotForFilesNorForThoseWhoRefuse) {
  testing::Environment environment;
  environment.set("TERM", "xterm");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(colours_wanted(ends[1]));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace walden
