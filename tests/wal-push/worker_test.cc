// wal-push while its worker answers: the same answers, sooner.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "common/bytes/file_descriptor.h"
#include "tests/support/archive_host.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::RunningProcess;
using ::testing::StartsWith;

class WalPushWithWorker : public ::testing::Test {
 protected:
  // PostgreSQL's own files, which nobody else may touch, are as they were made.
  void TearDown() override {
    if (!fs::exists(host.pgdata())) return;
    for (const auto& name : ready_) EXPECT_TRUE(fs::exists(status() / (name + ".ready"))) << name;
    const fs::directory_iterator entries(status());
    EXPECT_EQ(std::distance(entries, fs::directory_iterator()),
              static_cast<std::ptrdiff_t>(ready_.size()));
  }

  [[nodiscard]] fs::path status() const { return host.wal() / "archive_status"; }
  // A segment that waits for the archiver.
  std::string segment(std::uint64_t number, std::uint8_t fill = 0x5a) {
    const testing::SegmentSpec spec{.number = number, .size = 1U << 20U, .fill = fill};
    std::string name = testing::write_segment(host.wal(), spec).filename();
    testing::write_text(status() / (name + ".ready"), "");
    ready_.insert(name);
    return name;
  }
  void expect_pushed(const std::string& name) {
    const Outcome pushed = host.push_named(name);
    EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
    EXPECT_EQ(pushed.out + pushed.err, "");
  }
  void expect_stored(const std::string& name) {
    expect_pushed(name);
    EXPECT_TRUE(fs::exists(host.object(name))) << name;
  }
  std::string expect_refused(const std::string& name) {
    const Outcome pushed = host.push_named(name);
    EXPECT_EQ(pushed.exit_code, 1);
    EXPECT_THAT(pushed.err, StartsWith("wal-push: "));
    return pushed.err;
  }
  int start_worker() {
    expect_stored(segment(1));
    return host.only_worker();
  }
  bool leaves(int worker) {
    return eventually([&] { return !std::ranges::count(host.workers(), worker); });
  }

  // The front end's folder, below which everything is.
  fs::path install(const fs::path& front_end, const fs::path& worker) {
    for (const auto& [folder, name] :
         {std::pair{front_end, "wal-push"}, std::pair{worker, "wal-push-worker"}}) {
      fs::create_directories(host.folder() / folder);
      fs::copy_file(testing::program(name), host.folder() / folder / name);
    }
    return host.folder() / front_end;
  }
  int push_by(const fs::path& folder, const std::string& name) {
    testing::Command command = host.push({"pg_wal/" + name, name});
    command.argv.front() = folder / "wal-push";
    return testing::run(command).exit_code;
  }

  testing::ArchiveHost host;
  std::set<std::string> ready_;
};

TEST_F(WalPushWithWorker, PushesTheOtherReadySegmentsAhead) {
  const std::string first = segment(1);
  const std::vector<std::string> others = {segment(2), segment(3), segment(4), segment(5)};
  expect_stored(first);
  (void)host.only_worker();
  expect_stored(first);
  EXPECT_TRUE(eventually([&] {
    return std::ranges::all_of(others,
                               [&](const auto& name) { return fs::exists(host.object(name)); });
  }));
}

TEST_F(WalPushWithWorker, AcknowledgesWhatIsDurableWithoutTheStore) {
  const std::vector<std::string> names = {segment(1), segment(2), segment(3)};
  expect_stored(names[0]);
  (void)host.only_worker();
  for (const auto& name : names) expect_stored(name);  // the worker knows them all now
  const fs::path away = host.folder() / "unmounted";
  fs::rename(host.store_directory(), away);
  for (const auto& name : names) expect_pushed(name);
  const std::string next = segment(4);
  (void)expect_refused(next);
  fs::rename(away, host.store_directory());
  expect_stored(next);
}

TEST_F(WalPushWithWorker, RefusesASegmentThatWasRewrittenSinceItWasPushedAhead) {
  const std::string first = segment(1);
  const std::string name = segment(2);
  expect_stored(first);
  (void)host.only_worker();
  expect_stored(first);
  ASSERT_TRUE(eventually([&] { return fs::exists(host.object(name)); }));
  expect_pushed(name);
  const std::string before = testing::read_text(host.object(name));
  segment(2, 0x77);
  EXPECT_THAT(expect_refused(name), HasSubstr("other content"));
  EXPECT_TRUE(testing::read_text(host.object(name)) == before);
  segment(2);
  expect_pushed(name);
}

TEST_F(WalPushWithWorker, ChecksAHistoryAgainstTheStore) {
  (void)start_worker();
  const std::string name = "00000002.history";
  testing::write_text(host.wal() / name, "1\t0/C000028\tno recovery target\n");
  expect_stored(name);
  fs::remove(host.object(name));
  expect_stored(name);  // nothing was remembered
  testing::write_text(host.wal() / name, "1\t0/D000028\tno recovery target\n");
  EXPECT_THAT(expect_refused(name), HasSubstr("other content"));
}

TEST_F(WalPushWithWorker, SaysWhatAWorkerCannotPush) {
  (void)start_worker();
  const std::string said = expect_refused("000000010000000000000009");
  EXPECT_THAT(said, HasSubstr("No such file"));
  EXPECT_THAT(said, HasSubstr("1 segment waiting"));
}

TEST_F(WalPushWithWorker, StartsOneWorkerForTwoFirstCallsAtOnce) {
  const std::string one = segment(1);
  const std::string two = segment(2);
  for (int round = 0; round < 4; ++round) {
    RunningProcess first(host.push({"pg_wal/" + one, one}));
    RunningProcess second(host.push({"pg_wal/" + two, two}));
    EXPECT_EQ(first.wait().exit_code, 0);
    EXPECT_EQ(second.wait().exit_code, 0);
    const int worker = host.only_worker();
    ::kill(worker, SIGKILL);
    EXPECT_TRUE(host.loses_its_workers());
  }
}

TEST_F(WalPushWithWorker, DoesTheWorkOfAWorkerThatIsKilledInTheMiddle) {
  const int worker = start_worker();
  ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  const std::string name = segment(2);
  RunningProcess call(host.push({"pg_wal/" + name, name}));
  ASSERT_TRUE(eventually([&] { return testing::waits_for_a_worker(call.pid()); }));
  EXPECT_FALSE(fs::exists(host.object(name)));
  ::kill(worker, SIGKILL);
  const Outcome pushed = call.wait();
  EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_EQ(pushed.err, "");
  EXPECT_TRUE(fs::exists(host.object(name)));
  EXPECT_NE(host.only_worker(), worker);
  expect_stored(segment(3));
}

TEST_F(WalPushWithWorker, FindsANewWorkerAfterOneWasKilledBetweenCalls) {
  const int worker = start_worker();
  ::kill(worker, SIGKILL);
  EXPECT_TRUE(host.loses_its_workers());
  expect_stored(segment(2));
  EXPECT_NE(host.only_worker(), worker);
}

// Takes the ten seconds that a front end waits for a word.
TEST_F(WalPushWithWorker, GivesUpOnAWorkerThatIsStopped) {
  const int worker = start_worker();
  ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  expect_stored(segment(2));
  ::kill(worker, SIGCONT);
  EXPECT_EQ(host.only_worker(), worker);
  expect_stored(segment(3));
}

TEST_F(WalPushWithWorker, WorksWithoutOneWhereItsDirectoryIsOfNoUse) {
  const fs::path open_to_others = host.folder() / "open";
  fs::create_directory(open_to_others);
  fs::permissions(open_to_others, fs::perms(0755));
  testing::write_text(host.folder() / "file", "");
  const std::vector<fs::path> places = {open_to_others, host.folder() / "file",
                                        "/sys/walden-read-only",
                                        host.folder() / std::string(100, 'x')};
  std::uint64_t number = 0;
  for (const auto& place : places) {
    for (int i = 0; i < 2; ++i) {
      const std::string name = segment(++number);
      testing::Command command = host.push({"pg_wal/" + name, name});
      command.environment["WALDEN_WORKER_DIRECTORY"] = place;
      const Outcome pushed = testing::run(command);
      EXPECT_EQ(pushed.exit_code, 0) << place << pushed.err;
      EXPECT_EQ(pushed.err, "");
      EXPECT_TRUE(fs::exists(host.object(name)));
    }
    EXPECT_TRUE(host.loses_its_workers()) << place;
  }
  EXPECT_TRUE(fs::is_empty(open_to_others));
}

TEST_F(WalPushWithWorker, WorksWithoutOneWhenThatIsWanted) {
  const auto push_without = [&](std::uint64_t number, const std::vector<std::string>& options,
                                const std::string& variable) {
    const std::string name = segment(number);
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"pg_wal/" + name, name});
    testing::Command command = host.push(arguments);
    if (!variable.empty()) command.environment["WALDEN_WORKER"] = variable;
    EXPECT_EQ(testing::run(command).exit_code, 0);
    EXPECT_TRUE(fs::exists(host.object(name)));
    EXPECT_TRUE(host.loses_its_workers()) << number;
    EXPECT_FALSE(fs::exists(host.worker_directory()));
  };
  push_without(1, {}, "off");
  push_without(2, {"--worker", "off"}, "");
  push_without(3, {"--worker=off"}, "on");
  host.configure("worker = \"off\"");
  push_without(4, {}, "");
}

TEST_F(WalPushWithWorker, ObeysAConfigurationThatHasChanged) {
  const int worker = start_worker();
  const fs::path other = host.folder() / "other";
  fs::create_directories(other / "orders");
  fs::copy_file(host.marker(), other / "orders/cluster.json");
  testing::write_text(host.folder() / "walden.toml",
                      "cluster = \"orders\"\nstore = \"file://" + other.native() + "\"\n");
  const std::string name = segment(2);
  expect_pushed(name);
  EXPECT_FALSE(fs::exists(host.object(name)));
  EXPECT_TRUE(fs::exists(other / fs::relative(host.object(name), host.store_directory())));
  EXPECT_TRUE(leaves(worker));
}

TEST_F(WalPushWithWorker, LeavesWhenItsProgramIsReplaced) {
  const fs::path bin = install("bin", "bin");
  EXPECT_EQ(push_by(bin, segment(1)), 0);
  const int worker = host.only_worker();
  fs::copy_file(bin / "wal-push-worker", bin / "new");
  fs::rename(bin / "new", bin / "wal-push-worker");
  EXPECT_TRUE(leaves(worker));
  EXPECT_EQ(push_by(bin, segment(2)), 0);
  EXPECT_NE(host.only_worker(), worker);
}

// As after an upgrade that leaves the version before where it is.
TEST_F(WalPushWithWorker, IsNotTheOneOfAnotherFolder) {
  const fs::path before = install("1.0/bin", "1.0/libexec/walden");
  const fs::path after = install("1.1/bin", "1.1/libexec/walden");
  EXPECT_EQ(push_by(before, segment(1)), 0);
  (void)host.only_worker();
  const std::size_t processes = host.workers().size();
  EXPECT_EQ(push_by(after, segment(2)), 0);
  EXPECT_TRUE(eventually([&] { return host.workers().size() == 2 * processes; }));
}

TEST_F(WalPushWithWorker, TriesAgainWhileItsProgramIsBeingWritten) {
  const fs::path bin = install("bin", "libexec/walden");
  const std::string name = segment(1);
  FileDescriptor writer(
      ::open((host.folder() / "libexec/walden/wal-push-worker").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(writer);
  auto pushed = std::async(std::launch::async, [&] { return push_by(bin, name); });
  EXPECT_EQ(pushed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  writer.reset();
  EXPECT_EQ(pushed.get(), 0);
  EXPECT_TRUE(fs::exists(host.object(name)));
}

TEST_F(WalPushWithWorker, LeavesWithTheDataDirectoryAndLeavesNothing) {
  (void)start_worker();
  fs::remove_all(host.pgdata());
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_TRUE(fs::is_empty(host.worker_directory()));
  EXPECT_FALSE(fs::exists(host.pgdata()));
}

TEST_F(WalPushWithWorker, LeavesWithTheServerAndLeavesNothing) {
  testing::write_text(host.pgdata() / "postmaster.pid", "1\n");
  (void)start_worker();
  fs::remove(host.pgdata() / "postmaster.pid");
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_TRUE(fs::is_empty(host.worker_directory()));
}

TEST_F(WalPushWithWorker, OutlivesTheSignalForTheArchiversGroup) {
  const std::string name = segment(1);
  testing::Command archiver = host.push({"pg_wal/" + name, name});
  archiver.argv.insert(archiver.argv.begin(), {"sh", "-c", "\"$@\"; echo $?; exec sleep 60", "sh"});
  RunningProcess group(archiver);
  ASSERT_TRUE(eventually([&] { return group.out_so_far() == "0\n"; }));
  ASSERT_TRUE(eventually([&] { return testing::a_worker_listens_in(host.worker_directory()); }));
  ::kill(-group.pid(), SIGQUIT);
  EXPECT_EQ(group.wait().signal, SIGQUIT);
  const int worker = host.only_worker();
  EXPECT_NE(::getsid(worker), ::getsid(0));
  EXPECT_NE(::getpgid(worker), group.pid());
  expect_stored(segment(2));
  EXPECT_EQ(host.only_worker(), worker);
}

TEST_F(WalPushWithWorker, HoldsNeitherTheCallersOutputNorTheDataDirectory) {
  const int worker = start_worker();
  const fs::path process = fs::path("/proc") / std::to_string(worker);
  EXPECT_TRUE(eventually([&] { return fs::read_symlink(process / "cwd") == "/"; }));
  for (const auto* fd : {"0", "1", "2"}) {
    EXPECT_EQ(fs::read_symlink(process / "fd" / fd), "/dev/null");
  }
  for (const auto& file : testing::open_files_of(worker)) {
    EXPECT_THAT(file.native(), Not(HasSubstr("memfd")));
    EXPECT_THAT(file.native(), Not(StartsWith(host.pgdata().native())));
  }
}

// What starts a worker, in the hands of a person or in archive_command.
TEST_F(WalPushWithWorker, AcknowledgesNothingWhenItIsToldToServe) {
  (void)start_worker();
  const std::string name = segment(2);
  fs::remove(status() / (name + ".ready"));
  ready_.erase(name);
  EXPECT_NE(testing::run(host.push({"serve", "pg_wal/" + name, name})).exit_code, 0);
  EXPECT_FALSE(fs::exists(host.object(name)));
}

}  // namespace
}  // namespace walden
