// The power fails after wal-push has acknowledged, or in the middle of it: what was acknowledged is
// there, whole; what else is found is whole too. Likewise the archive that `init` sets up, and
// keys.
#include "tests/crash/fault_series.h"
#include "tests/crash/power_failure.h"
#include "tests/crash/stored_objects.h"
#include "tests/support/archive_host.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

// The second begins a log, and so a directory.
constexpr std::uint32_t kSize = 4U << 20U;
constexpr SegmentSpec kSegments[] = {{.number = 1, .size = kSize, .fill = 1},
                                     {.number = 1025, .size = kSize, .fill = 2},
                                     {.number = 1026, .size = kSize, .fill = 3},
                                     {.number = 1027, .size = kSize, .fill = 4}};

class PowerLoss : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POWER_FAILURE();
    host.configure("worker = \"off\"\nthreads = 1");
    for (const auto& spec : kSegments) write_segment(host.wal(), spec);
    disk.emplace(host.store_directory());
  }

  Command push(const SegmentSpec& spec) {
    const std::string name = segment_file_name(spec);
    return disk->on_disk(host.push({"pg_wal/" + name, name}));
  }
  void acknowledge(const SegmentSpec& spec) {
    const Outcome pushed = run(push(spec));
    ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
    acknowledged.push_back(spec);
  }

  fs::path found(Loss loss) {
    const fs::path folder = host.folder() / "found";
    fs::remove_all(folder);
    disk->restore_to(folder, loss);
    return folder;
  }
  // Whatever is found opens, and these segments are among it.
  void expect_stored_in(const fs::path& store, const std::vector<SegmentSpec>& segments) {
    const auto objects = open_every_object(store);
    EXPECT_EQ(objects.count(marker_name("orders")), 1U);
    for (const auto& spec : segments) {
      const auto path = host.object(segment_file_name(spec));
      const auto object = objects.find(path.lexically_relative(host.store_directory()));
      ASSERT_NE(object, objects.end()) << path << " is lost";
      EXPECT_EQ(object->second, Sha256::of(bytes_of(segment_content(spec))));
    }
  }
  void expect_all_stored() {
    expect_stored_in(found(Loss::everything), acknowledged);
    expect_stored_in(found(Loss::contents), acknowledged);
  }

  ArchiveHost host;
  std::optional<PowerFailure> disk;
  std::vector<SegmentSpec> acknowledged;
};

TEST_F(PowerLoss, KeepsWhatWalPushHasAcknowledged) {
  for (const auto& spec : kSegments) {
    acknowledge(spec);
    expect_all_stored();
  }
}

TEST_F(PowerLoss, KeepsWhatAWorkerHasAcknowledged) {
  host.configure("worker = \"on\"");
  for (const auto& spec : kSegments) {
    write_text(host.wal() / "archive_status" / (segment_file_name(spec) + ".ready"), "");
  }
  acknowledge(kSegments[0]);
  (void)host.only_worker();
  for (const auto& spec : kSegments) {
    acknowledge(spec);
    expect_all_stored();
  }
}

TEST_F(PowerLoss, KeepsWhatWasThereAlreadyWhenItWasAcknowledged) {
  WALDEN_SKIP_WITHOUT_FAULTS();
  // Killed behind the link: the segment is there, and nobody has made its name durable.
  const FaultyRun killed_run = run_with(push(kSegments[1]), {"unlink", "signal=KILL", 1});
  ASSERT_EQ(killed_run.outcome.signal, SIGKILL);
  ASSERT_TRUE(fs::exists(host.object(segment_file_name(kSegments[1]))));
  EXPECT_EQ(open_every_object(found(Loss::everything)).size(), 1U);
  acknowledge(kSegments[1]);
  expect_all_stored();
}

// Killed and, without a loss of power, done again.
TEST_F(PowerLoss, KeepsWhatIsAcknowledgedAfterACrashAtAnyMoment) {
  WALDEN_SKIP_WITHOUT_FAULTS();
  const FaultKind kind{"signal=KILL", {"mkdir", "fsync", "link", "unlink", "exit_group"}};
  const auto prepare = [&] {
    fs::remove_all(host.store_directory() / "orders" / std::to_string(kSystem));
    acknowledged.clear();
    disk.emplace(host.store_directory());
    return push(kSegments[1]);
  };
  fail_at_each_call(kind, {prepare, [&](const Fault&, const Outcome&) {
                             acknowledge(kSegments[1]);
                             expect_all_stored();
                           }});
}

TEST_F(PowerLoss, InTheMiddleOfAPushLeavesNothingHalfWritten) {
  WALDEN_SKIP_WITHOUT_FAULTS();
  acknowledge(kSegments[0]);
  const fs::path kept = host.folder() / "kept";
  fs::copy(host.store_directory(), kept, fs::copy_options::recursive);
  const FaultKind kind{"signal=KILL", {"mkdir", "write", "fsync", "link", "unlink", "exit_group"}};
  const auto prepare = [&] {
    fs::remove_all(host.store_directory());
    fs::copy(kept, host.store_directory(), fs::copy_options::recursive);
    disk.emplace(host.store_directory());
    return push(kSegments[1]);
  };
  fail_at_each_call(kind,
                    {prepare,
                     [&](const Fault&, const Outcome&) {
                       for (const Loss loss : {Loss::everything, Loss::contents}) {
                         const fs::path after = found(loss);
                         expect_stored_in(after, {kSegments[0]});
                         // The host is up again.
                         Command again = push(kSegments[1]);
                         again.environment["WALDEN_STORE"] = "file://" + after.native();
                         const Outcome pushed = run(again);
                         EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
                         expect_stored_in(after, {kSegments[0], kSegments[1]});
                       }
                     }},
                    Sample::narrow);
}

class PowerLossOnANewHost : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POWER_FAILURE();
    give_to_server_user(folder.path());
    fs::create_directories(folder / "pgdata/pg_wal/archive_status");
    write_control_file(folder / "pgdata", kSystem);
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      give_to_server_user(entry.path());
    }
    begin();
  }
  void begin() {
    fs::remove_all(mount());
    fs::create_directory(mount());
    give_to_server_user(mount());
    disk.emplace(mount());
  }
  [[nodiscard]] fs::path mount() const { return folder / "disk"; }

  Command basebackup(const std::vector<std::string>& arguments) {
    Command command{.argv = {program_for_server_user("basebackup")}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = {{"WALDEN_CLUSTER", "orders"},
                           {"WALDEN_STORE", "file://" + (mount() / "backups/walden").native()},
                           {"WALDEN_STATE_DIRECTORY", mount() / "state"}};
    return as_server_user(disk->on_disk(command));
  }
  Command init() { return basebackup({"init", "--pgdata", folder / "pgdata"}); }
  void expect_set_up() {
    fs::remove_all(folder / "found");
    disk->restore_to(folder / "found", Loss::everything);
    DirectoryStore store(folder / "found/backups/walden");
    const auto marker = read_marker(store, "orders");
    EXPECT_TRUE(marker) << marker.error().cause;
  }

  TemporaryDirectory folder;
  std::optional<PowerFailure> disk;
};

TEST_F(PowerLossOnANewHost, KeepsAnArchiveThatWasSetUp) {
  ASSERT_EQ(run(init()).exit_code, 0);
  expect_set_up();
}

TEST_F(PowerLossOnANewHost, KeepsAnArchiveThatWasSetUpAfterACrashAtAnyMoment) {
  WALDEN_SKIP_WITHOUT_FAULTS();
  const FaultKind kind{"signal=KILL", {"mkdir", "fsync", "link", "unlink", "exit_group"}};
  const auto prepare = [&] {
    begin();
    return init();
  };
  fail_at_each_call(kind, {prepare, [&](const Fault&, const Outcome&) {
                             const Outcome again = run(init());
                             EXPECT_EQ(again.exit_code, 0) << again.err;
                             expect_set_up();
                           }});
}

TEST_F(PowerLossOnANewHost, KeepsAKeyThatWasMade) {
  const Outcome made = run(basebackup({"keygen", mount() / "secret.key"}));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  disk->restore_to(folder / "found", Loss::everything);
  ASSERT_TRUE(fs::exists(folder / "found/secret.key"));
  EXPECT_EQ(read_text(folder / "found/secret.key"), read_text(mount() / "secret.key"));
}

}  // namespace
}  // namespace walden::testing
