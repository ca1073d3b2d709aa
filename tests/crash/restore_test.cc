// basebackup restore, failed at every system call: what is left is complete, or no server starts
// from it; and the same command goes on with it when it is told --resume.
#include "tests/crash/fault_series.h"
#include "tests/crash/power_failure.h"
#include "tests/crash/small_backup.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class RestoreCrash : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_FAULTS();
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    backup = std::make_unique<SmallBackup>();
    must_succeed(prepare());
    complete = backup->restored();
    ASSERT_TRUE(complete.contains("restored/recovery.signal"));
  }

  Command prepare() {
    backup->remove_restored();
    return backup->restore();
  }

  // PostgreSQL starts from no directory without a control file, or with an empty one.
  void expect_complete_or_unstartable(const SmallBackup::Tree& left) {
    const auto control = left.find("restored/global/pg_control");
    const bool can_start = control != left.end() && control->second != "empty";
    if (can_start) {
      EXPECT_EQ(left, complete);
    }
  }

  // Once is enough: it takes long.
  void expect_no_server_starts() {
    if (started_ || !fs::exists(backup->pgdata() / "PG_VERSION") ||
        fs::exists(backup->pgdata() / "global/pg_control")) {
      return;
    }
    started_ = true;
    PostgresServer server(backup->pgdata());
    EXPECT_NE(server.start_until_end(), 0);
  }

  void check(const Fault& fault, const Outcome& outcome) {
    const bool killed_by_us = outcome.signal == SIGKILL;
    EXPECT_TRUE(killed_by_us || outcome.exit_code == 0 || outcome.exit_code == 1 ||
                outcome.exit_code == 127)
        << outcome.exit_code << outcome.err;
    const auto left = backup->restored();
    expect_complete_or_unstartable(left);
    expect_no_server_starts();
    if (outcome.exit_code == 0) {
      EXPECT_EQ(left, complete);
    }
    if (outcome.exit_code == 1) {
      EXPECT_NE(outcome.err, "");
      if (!left.empty()) {
        EXPECT_THAT(outcome.err, ::testing::HasSubstr("remove it")) << text_of(fault);
      }
    }
    expect_done_again();
  }

  void expect_done_again() {
    const auto left = listing(backup->place());
    const Outcome again = run(backup->restore());
    if (again.exit_code != 0) {
      EXPECT_THAT(again, RefusedBecause("is not empty"));
      EXPECT_EQ(listing(backup->place()), left);
      const bool was_cut_off = fs::exists(backup->pgdata() / ".walden-restore");
      must_succeed(was_cut_off ? backup->resume() : prepare());
    }
    EXPECT_EQ(backup->restored(), complete);
    EXPECT_FALSE(fs::exists(backup->pgdata() / ".walden-restore"));
  }

  std::unique_ptr<SmallBackup> backup;
  SmallBackup::Tree complete;

 private:
  bool started_ = false;
};

class RestoreCrashAtEachCall : public RestoreCrash,
                               public ::testing::WithParamInterface<FaultKind> {};

TEST_P(RestoreCrashAtEachCall, LeavesNoDirectoryThatStartsIncomplete) {
  fail_at_each_call(GetParam(),
                    {[this] { return prepare(); },
                     [this](const Fault& fault, const Outcome& outcome) { check(fault, outcome); }},
                    Sample::narrow);
}

INSTANTIATE_TEST_SUITE_P(Every, RestoreCrashAtEachCall, ::testing::ValuesIn(every_kind()),
                         name_of_test);

// The last directory cannot be made, so that everything is taken away again; and that is killed.
TEST_F(RestoreCrash, KilledWhileItTakesAwayAFailedOneLeavesNothingThatStarts) {
  const int last = count_calls(prepare(), {"mkdir"})["mkdir"];
  for (const auto* call : {"unlink", "unlinkat", "rmdir"}) {
    for (int nth = 1;; nth += every_point_is_tried() ? 1 : 9) {
      SCOPED_TRACE(text_of({call, "signal=KILL", nth}));
      const FaultyRun faulty =
          run_with(prepare(), {{"mkdir", "error=EIO", last}, {call, "signal=KILL", nth}});
      if (faulty.outcome.signal != SIGKILL) break;
      expect_complete_or_unstartable(backup->restored());
      expect_done_again();
    }
  }
}

TEST_F(RestoreCrash, KeepsWhatItHasRestoredWhenThePowerFails) {
  WALDEN_SKIP_WITHOUT_POWER_FAILURE();
  Command restore = prepare();
  const PowerFailure disk(backup->place());
  must_succeed(disk.on_disk(restore));
  const TemporaryDirectory after;
  disk.restore_to(after / "found", Loss::everything);
  EXPECT_EQ(SmallBackup::restored_in(after / "found"), complete);
}

TEST_F(RestoreCrash, LeavesNothingThatStartsIncompleteWhenThePowerFails) {
  WALDEN_SKIP_WITHOUT_POWER_FAILURE();
  std::unique_ptr<PowerFailure> disk;
  const auto on_disk = [&] {
    Command restore = prepare();
    disk = std::make_unique<PowerFailure>(backup->place());
    return disk->on_disk(restore);
  };
  const FaultKind kind{"signal=KILL",
                       {"write", "pwrite64", "fsync", "syncfs", "unlink", "mkdir", "exit_group"}};
  fail_at_each_call(kind,
                    {on_disk,
                     [&](const Fault&, const Outcome&) {
                       for (const Loss loss : {Loss::everything, Loss::contents}) {
                         const TemporaryDirectory after;
                         disk->restore_to(after / "found", loss);
                         expect_complete_or_unstartable(SmallBackup::restored_in(after / "found"));
                       }
                     }},
                    Sample::narrow);
}

}  // namespace
}  // namespace walden::testing
