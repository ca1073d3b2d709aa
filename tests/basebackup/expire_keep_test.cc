// `keep` while `expire` runs: whatever the moment, a backup of which keep has said that it stays
// does.
#include <gmock/gmock.h>

#include "basebackup/expire_run.h"
#include "basebackup/keep_marks.h"
#include "basebackup/plan_difference.h"
#include "basebackup/survey.h"
#include "tests/basebackup/expired_archive.h"
#include "tests/basebackup/stepped_archive.h"

namespace walden {
namespace {

using testing::at;
using ::testing::ElementsAre;
using testing::ExpiredArchive;
using ::testing::HasSubstr;
using testing::planned;
using testing::SteppedEraser;
using testing::SteppedStore;

const RetentionPolicy kTwoDays{.keep = {.daily = 2},
                               .recovery_window = std::chrono::days(2),
                               .minimum_backups = 2,
                               .configured = true};

RetentionPlan plan_of(ExpiredArchive& archive) {
  const auto facts = survey(archive.store, archive.names, archive.opening);
  EXPECT_TRUE(facts) << (facts ? "" : facts.error().cause);
  return plan_retention(*facts, kTwoDays, Instant{archive.clock * 1'000'000});
}

Result<> keep(ExpiredArchive& archive, const std::string& id) {
  return keep_backup(archive.store, archive.names, id,
                     {.keep = true, .until = {}, .reason = "law suit"}, at("2026-11-07 03:00"), {});
}

// Carries `plan` out; before call `step` to the store, counted from 1, `id` is to be kept.
struct Interrupted {
  Result<> kept;
  bool was_before_the_end = false;
  ExpireOutcome outcome;
};
Interrupted expire_with_keep(ExpiredArchive& archive, const RetentionPlan& plan,
                             const std::string& id, std::uint64_t step) {
  Interrupted run;
  std::uint64_t calls = 0;
  const auto before_call = [&] {
    if (++calls != step) return;
    run.kept = keep(archive, id);
    run.was_before_the_end = true;
  };
  SteppedStore store(archive.store, before_call);
  SteppedEraser eraser(archive.eraser, before_call);
  const auto done = run_expire(plan,
                               {.store = store,
                                .eraser = eraser,
                                .names = archive.names,
                                .opening = archive.opening,
                                .threads = 1,
                                .cancel = archive.cancel},
                               run.outcome);
  EXPECT_TRUE(done) << done.error().cause;
  return run;
}

void expect_whole(ExpiredArchive& archive, const std::string& id) {
  const auto plan = plan_of(archive);
  ASSERT_TRUE(archive.has(archive.names.manifest(id)));
  const auto& backup = planned(plan, id);
  EXPECT_FALSE(backup.goes());
  EXPECT_TRUE(backup.facts.complete);
  EXPECT_TRUE(backup.facts.references_known);
  EXPECT_TRUE(archive.has(archive.names.pack(id, 1)));
  for (const auto& other : backup.facts.references) {
    EXPECT_TRUE(archive.has(archive.names.pack(other, 1))) << other;
  }
}

void expire_again(ExpiredArchive& archive) {
  ExpireOutcome outcome;
  ASSERT_TRUE(run_expire(plan_of(archive),
                         {.store = archive.store,
                          .eraser = archive.eraser,
                          .names = archive.names,
                          .opening = archive.opening,
                          .threads = 1,
                          .cancel = archive.cancel},
                         outcome));
}

TEST(KeepDuringExpire, SaysThatABackupStaysOnlyWhenItDoes) {
  for (std::size_t which = 0; which < 3; ++which) {
    std::size_t stayed = 0;
    std::size_t refused = 0;
    for (std::uint64_t step = 1;; ++step) {
      SCOPED_TRACE("backup " + std::to_string(which) + ", call " + std::to_string(step));
      ExpiredArchive archive;
      const auto ids = archive.take_daily(6);
      const auto plan = plan_of(archive);
      ASSERT_TRUE(planned(plan, ids[which]).goes());
      const auto run = expire_with_keep(archive, plan, ids[which], step);
      if (!run.was_before_the_end) break;
      ++(run.kept ? stayed : refused);
      if (run.kept) expect_whole(archive, ids[which]);
      expire_again(archive);
      if (run.kept) expect_whole(archive, ids[which]);
      ASSERT_FALSE(HasFailure());
      ASSERT_LT(step, 1000U);
    }
    EXPECT_GT(stayed, 0U);
    EXPECT_GT(refused, 0U);
  }
}

TEST(KeepDuringExpire, IsToldByExpireAndTheRestGoesWithTheNextRun) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(6);
  const auto run = expire_with_keep(archive, plan_of(archive), ids[1], 1);
  ASSERT_TRUE(run.kept);
  EXPECT_THAT(run.outcome.kept, ElementsAre(ids[1]));
  EXPECT_FALSE(archive.has(archive.names.expired_mark(ids[1])));
  expire_again(archive);
  EXPECT_TRUE(archive.has(archive.names.pack(ids[0], 1)));  // it refers to that one
  EXPECT_FALSE(archive.has(archive.names.manifest(ids[2])));
}

TEST(KeepDuringExpire, FailsForABackupThatIsBeingDeleted) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(2);
  archive.put(archive.names.expired_mark(ids[0]));
  const auto marked = keep(archive, ids[0]);
  ASSERT_FALSE(marked);
  EXPECT_EQ(marked.error().kind, ErrorKind::transient);
  EXPECT_THAT(marked.error().cause, HasSubstr("is being deleted"));
  archive.store.erase(archive.names.manifest(ids[1]));
  const auto gone = keep(archive, ids[1]);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::absent);
}

TEST(PlanDifference, IsWhatGoesThatWasToStay) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(6);
  const auto plan = plan_of(archive);
  EXPECT_FALSE(goes_beyond(plan, plan));
  RetentionPlan less = plan;
  less.backups[0].reasons = {"kept"};
  EXPECT_TRUE(goes_beyond(plan, less));
  EXPECT_FALSE(goes_beyond(less, plan));
  less = plan;
  less.backups[0].referred_by = ids[5];
  EXPECT_TRUE(goes_beyond(plan, less));
  EXPECT_FALSE(goes_beyond(less, plan));
  less = plan;
  ASSERT_TRUE(less.wal[0].goes());
  less.wal.erase(less.wal.begin());
  EXPECT_TRUE(goes_beyond(plan, less));
  EXPECT_FALSE(goes_beyond(less, plan));
}

}  // namespace
}  // namespace walden
