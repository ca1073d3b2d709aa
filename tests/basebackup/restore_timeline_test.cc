#include "basebackup/restore_timeline.h"

#include <gtest/gtest.h>

#include "tests/archive/memory_archive.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

class RestoreTimeline : public MemoryArchive {
 protected:
  std::string setting(const std::string& wanted, Timeline chosen, bool open_end) {
    BackupSummary backup = testing::sample_summary();
    backup.timeline = 2;
    const auto chooser = TimelineChooser::create(archive, opening_, wanted);
    EXPECT_TRUE(chooser) << chooser.error().cause;
    return chooser->setting_for(backup, chosen, open_end);
  }

  Opening opening_;
};

TEST_F(RestoreTimeline, IsSetToTheNumberThatWasProven) {
  put(name("00000002.history"));
  put(name("00000003.history"));
  EXPECT_EQ(setting("latest", 3, false), "3");
  EXPECT_EQ(setting("current", 2, false), "2");
  EXPECT_EQ(setting("1", 1, false), "1");
}

TEST_F(RestoreTimeline, IsLeftOpenOnlyToTheEndOfTheLatest) {
  put(name("00000002.history"));
  EXPECT_EQ(setting("latest", 2, true), "latest");
  EXPECT_EQ(setting("2", 2, true), "2");
}

// PostgreSQL dies of a number whose history it does not find.
TEST_F(RestoreTimeline, WithoutAHistoryIsNotSetByItsNumber) {
  EXPECT_EQ(setting("latest", 2, false), "current");
  EXPECT_EQ(setting("2", 2, false), "current");
  EXPECT_EQ(setting("latest", 2, true), "latest");
}

TEST_F(RestoreTimeline, ThatIsNotThereIsRefusedWithThoseThatAre) {
  const auto refusal = [&] {
    auto chooser = TimelineChooser::create(archive, opening_, "7");
    const auto history = chooser->history_for(testing::sample_summary());
    return history ? "none" : history.error().remedy;
  };
  EXPECT_EQ(refusal(), "The archive has no timeline but the first: leave out --target-timeline.");
  put(name("00000002.history"));
  EXPECT_EQ(refusal(), "Beside the first there is timeline 2.");
  put(name("00000003.history"));
  EXPECT_EQ(refusal(), "Beside the first there are timelines 2, 3.");
}

}  // namespace
}  // namespace walden
