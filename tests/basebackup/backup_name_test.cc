#include "basebackup/backup_name.h"

#include <gtest/gtest.h>

#include "common/store/memory_store.h"

namespace walden {
namespace {

constexpr std::uint32_t kSegmentSize = 16U << 20U;

class BackupNames : public ::testing::Test {
 protected:
  BackupName name() {
    const auto name = name_backup(store_, names_, start_, kSegmentSize);
    EXPECT_TRUE(name) << name.error().cause;
    return name.value_or(BackupName{});
  }

  MemoryStore store_;
  ObjectNames names_{"orders", 7};
  BackupStart start_{.lsn = Lsn{3ULL * kSegmentSize + 40}, .timeline = 2, .tablespaces = {}};
};

TEST_F(BackupNames, HoldTheMomentTheTimelineAndTheSegment) {
  const BackupName first = name();
  EXPECT_EQ(first.id,
            backup_id(first.started.microseconds / 1'000'000, 2, start_.lsn, kSegmentSize));
  EXPECT_TRUE(first.id.ends_with("Z-tl2-003")) << first.id;
}

TEST_F(BackupNames, AreNotTakenTwiceInOneSecond) {
  const BackupName first = name();
  ASSERT_TRUE(create_object(store_, names_.pack(first.id, 1), bytes_of("a pack")));
  const BackupName second = name();
  EXPECT_NE(second.id, first.id);
  EXPECT_GT(second.started.microseconds / 1'000'000, first.started.microseconds / 1'000'000);
}

}  // namespace
}  // namespace walden
