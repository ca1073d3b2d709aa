// wal-fetch while its worker answers: the same answers, sooner.
#include <gmock/gmock.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <set>

#include "tests/support/archive_host.h"
#include "tests/support/fake_http_server.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::RunningProcess;
using testing::SegmentSpec;

constexpr const char* kAreas = "pgsql_tmp_walden_fetch";

SegmentSpec spec_of(std::uint64_t number) {
  return {.number = number, .size = 1U << 20U, .fill = static_cast<std::uint8_t>(number)};
}

std::string name_of(std::uint64_t number) {
  return testing::segment_file_name(spec_of(number));
}

// What happens to the files of a folder.
class FolderWatch {
 public:
  explicit FolderWatch(const fs::path& folder)
      : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(::inotify_add_watch(events_.get(), folder.c_str(), IN_MOVED_TO | IN_DELETE), 0);
  }
  bool saw(std::uint32_t what, const std::string& name) {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    ssize_t size = 0;
    while ((size = ::read(events_.get(), buffer.data(), buffer.size())) > 0) {
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        seen_.insert({event->mask, event->name});
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    return seen_.contains({what, name});
  }

 private:
  FileDescriptor events_;
  std::set<std::pair<std::uint32_t, std::string>> seen_;
};

// A bucket with what lies in a folder, which does not give one of the objects before it is told to.
class HeldBucket {
 public:
  HeldBucket(fs::path folder, std::string held)
      : folder_(std::move(folder)),
        held_(std::move(held)),
        server_([this](const testing::FakeRequest& request) { return answer(request); }) {}
  HeldBucket(const HeldBucket&) = delete;
  HeldBucket& operator=(const HeldBucket&) = delete;
  ~HeldBucket() { release(); }

  void release() { released_ = true; }
  [[nodiscard]] bool is_asked() const { return asked_; }
  [[nodiscard]] std::string configuration() const {
    return "cluster = \"orders\"\nstore = \"s3://bucket\"\ns3_region = \"us-east-1\"\n"
           "s3_endpoint = \"" +
           server_.url() + "\"\n";
  }

 private:
  testing::FakeAnswer answer(const testing::FakeRequest& request) {
    const fs::path file = folder_ / request.path().substr(std::string("/bucket/").size());
    if (file.filename().native().starts_with(held_)) {
      asked_ = true;
      while (!released_) testing::pause_between_looks();
    }
    if (!fs::is_regular_file(file)) {
      return {.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"};
    }
    return {.body = testing::read_text(file),
            .headers = {{"ETag", "\"1\""}, {"x-amz-request-id", "1"}}};
  }
  const fs::path folder_;
  const std::string held_;
  std::atomic<bool> asked_ = false;
  std::atomic<bool> released_ = false;
  testing::FakeHttpServer server_;
};

class WalFetchWithWorker : public ::testing::Test {
 protected:
  void SetUp() override { testing::write_text(signal_file(), ""); }

  [[nodiscard]] fs::path signal_file() const { return host.pgdata() / "recovery.signal"; }
  [[nodiscard]] fs::path areas() const { return host.pgdata() / kAreas; }
  [[nodiscard]] fs::path ahead(int worker, std::uint64_t number) const {
    return areas() / std::to_string(worker) / name_of(number);
  }
  bool lies_ready(int worker, std::uint64_t number) {
    return eventually([&] { return fs::exists(ahead(worker, number)); });
  }

  // Stored, and gone from pg_wal; without a worker, which would be wal-push's.
  void archive(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      const std::string name = testing::write_segment(host.wal(), spec_of(number)).filename();
      const Outcome pushed = testing::run(host.push({"--worker", "off", "pg_wal/" + name, name}));
      ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
      fs::remove(host.wal() / name);
    }
  }
  // And taken away, as PostgreSQL does.
  void expect_delivered(std::uint64_t number) {
    const Outcome fetched = host.fetch_named(name_of(number));
    EXPECT_EQ(fetched.exit_code, 0) << number << fetched.err;
    EXPECT_EQ(fetched.out + fetched.err, "");
    expect_taken(number);
  }
  void expect_taken(std::uint64_t number) {
    ASSERT_TRUE(fs::exists(host.delivered())) << number;
    EXPECT_TRUE(testing::read_text(host.delivered()) == testing::segment_content(spec_of(number)));
    fs::remove(host.delivered());
  }
  void expect_absent(std::uint64_t number) {
    const Outcome fetched = host.fetch_named(name_of(number));
    EXPECT_EQ(fetched.exit_code, 1);
    EXPECT_EQ(fetched.out + fetched.err, "");
    EXPECT_FALSE(fs::exists(host.delivered()));
  }
  // With the first segment; the worker has answered for the second.
  int start_worker() {
    expect_delivered(1);
    const int worker = host.only_worker();
    expect_delivered(2);
    return worker;
  }

  testing::ArchiveHost host;
};

TEST_F(WalFetchWithWorker, HasTheNextSegmentsReady) {
  archive(1, 6);
  const int worker = start_worker();
  EXPECT_TRUE(lies_ready(worker, 3));
  EXPECT_TRUE(lies_ready(worker, 4));
  EXPECT_TRUE(testing::read_text(ahead(worker, 3)) == testing::segment_content(spec_of(3)));
  for (std::uint64_t number = 3; number <= 6; ++number) expect_delivered(number);
  EXPECT_EQ(host.only_worker(), worker);
}

TEST_F(WalFetchWithWorker, DeliversWhatLiesReadyByARename) {
  archive(1, 3);
  const int worker = start_worker();
  ASSERT_TRUE(lies_ready(worker, 3));
  const fs::path other_link = host.folder() / "link";
  fs::create_hard_link(ahead(worker, 3), other_link);
  fs::rename(host.store_directory(), host.folder() / "unmounted");
  EXPECT_EQ(host.fetch_named(name_of(3)).exit_code, 0);
  EXPECT_TRUE(fs::equivalent(other_link, host.delivered()));
  EXPECT_FALSE(fs::exists(ahead(worker, 3)));
  expect_taken(3);
}

TEST_F(WalFetchWithWorker, DeliversOverWhatWasThere) {
  archive(1, 3);
  (void)start_worker();
  testing::write_text(host.delivered(), "old");
  expect_delivered(3);
}

TEST_F(WalFetchWithWorker, FetchesAheadForAStandbyToo) {
  fs::rename(signal_file(), host.pgdata() / "standby.signal");
  archive(1, 3);
  EXPECT_TRUE(lies_ready(start_worker(), 3));
  expect_delivered(3);
}

TEST_F(WalFetchWithWorker, DeliversHistories) {
  archive(1, 2);
  testing::write_text(host.wal() / "00000002.history", "1\t0/C000028\tx\n");
  ASSERT_EQ(
      testing::run(host.push({"--worker", "off", "pg_wal/00000002.history", "00000002.history"}))
          .exit_code,
      0);
  (void)start_worker();
  EXPECT_EQ(host.fetch_named("00000002.history").exit_code, 0);
  EXPECT_EQ(testing::read_text(host.delivered()), "1\t0/C000028\tx\n");
  fs::remove(host.delivered());
  EXPECT_EQ(host.fetch_named("00000003.history").exit_code, 1);
  EXPECT_FALSE(fs::exists(host.delivered()));
}

TEST_F(WalFetchWithWorker, DeliversNoDamagedSegment) {
  archive(1, 3);
  testing::damage(host.object(name_of(3)));
  const int worker = start_worker();
  const Outcome fetched = host.fetch_named(name_of(3));
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_THAT(fetched.err, HasSubstr("Recovery stops here"));
  EXPECT_THAT(fetched.err, HasSubstr("primary's pg_wal"));
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_FALSE(fs::exists(ahead(worker, 3)));
}

TEST_F(WalFetchWithWorker, BelievesNoAbsenceWithoutTheStore) {
  host.configure("fetch_deadline = \"0s\"");
  archive(1, 2);
  (void)start_worker();
  fs::rename(host.store_directory(), host.folder() / "unmounted");
  const Outcome fetched = host.fetch_named(name_of(3));
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_FALSE(fs::exists(host.delivered()));
}

TEST_F(WalFetchWithWorker, RemembersNoAbsence) {
  archive(1, 2);
  (void)start_worker();
  expect_absent(3);
  expect_absent(3);
  archive(3, 4);
  expect_delivered(3);
  expect_delivered(4);
  expect_absent(5);
}

TEST_F(WalFetchWithWorker, LeavesWithTheSignalFileAndRemovesItsArea) {
  archive(1, 6);
  const int worker = start_worker();
  ASSERT_TRUE(lies_ready(worker, 3));
  fs::remove(signal_file());
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_FALSE(fs::exists(areas()));
  EXPECT_TRUE(fs::is_empty(host.worker_directory()));
}

TEST_F(WalFetchWithWorker, LeavesWithTheServerAndRemovesItsArea) {
  testing::write_text(host.pgdata() / "postmaster.pid", "1\n");
  archive(1, 4);
  (void)start_worker();
  fs::remove(host.pgdata() / "postmaster.pid");
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_FALSE(fs::exists(areas()));
}

TEST_F(WalFetchWithWorker, TidiesUpAfterAWorkerThatWasKilled) {
  archive(1, 6);
  const int killed = start_worker();
  ASSERT_TRUE(lies_ready(killed, 3));
  ::kill(killed, SIGKILL);
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_TRUE(fs::exists(ahead(killed, 3)));
  expect_delivered(3);
  const int worker = host.only_worker();
  EXPECT_NE(worker, killed);
  expect_delivered(4);
  EXPECT_FALSE(fs::exists(areas() / std::to_string(killed)));
  EXPECT_TRUE(lies_ready(worker, 5));
}

TEST_F(WalFetchWithWorker, DoesTheWorkOfAWorkerThatIsKilledInTheMiddle) {
  archive(1, 3);
  const int worker = start_worker();
  ASSERT_EQ(::kill(worker, SIGSTOP), 0);
  RunningProcess call(host.fetch({name_of(3), "pg_wal/RECOVERYXLOG"}));
  ASSERT_TRUE(eventually([&] { return testing::waits_for_a_worker(call.pid()); }));
  ::kill(worker, SIGKILL);
  const Outcome fetched = call.wait();
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  expect_taken(3);
}

TEST_F(WalFetchWithWorker, DoesTheWorkOfAWorkerWhoseAreaIsGone) {
  archive(1, 5);
  const int worker = start_worker();
  ASSERT_TRUE(lies_ready(worker, 3));
  EXPECT_TRUE(eventually([&] {  // against a worker that may be filling it
    std::error_code filling;
    fs::remove_all(areas(), filling);
    return !fs::exists(areas());
  }));
  expect_delivered(3);
  expect_delivered(4);
  expect_delivered(5);
}

// What PostgreSQL asked for and did not wait for must not come to lie where it puts something else.
TEST_F(WalFetchWithWorker, DeliversNothingToACallerThatIsGone) {
  archive(1, 3);
  HeldBucket bucket(host.store_directory(), name_of(3));
  testing::write_text(host.folder() / "walden.toml", bucket.configuration());
  const auto fetch = [&](std::uint64_t number) {
    testing::Command command = host.fetch({name_of(number), "pg_wal/RECOVERYXLOG"});
    command.environment.insert({{"AWS_ACCESS_KEY_ID", "key"}, {"AWS_SECRET_ACCESS_KEY", "secret"}});
    return command;
  };
  EXPECT_EQ(testing::run(fetch(1)).exit_code, 0);
  expect_taken(1);
  const int worker = host.only_worker();
  EXPECT_EQ(testing::run(fetch(2)).exit_code, 0);
  expect_taken(2);

  FolderWatch area(ahead(worker, 3).parent_path());
  RunningProcess call(fetch(3));
  ASSERT_TRUE(eventually([&] { return testing::waits_for_a_worker(call.pid()); }));
  ASSERT_TRUE(eventually([&] { return bucket.is_asked(); }));
  call.send_signal(SIGTERM);
  EXPECT_EQ(call.wait().signal, SIGTERM);
  bucket.release();
  EXPECT_TRUE(eventually([&] { return area.saw(IN_MOVED_TO, name_of(3)); }));
  EXPECT_TRUE(eventually([&] { return area.saw(IN_DELETE, name_of(3)); }));
  EXPECT_FALSE(fs::exists(host.delivered()));
}

TEST_F(WalFetchWithWorker, IsNoneWithoutASignalFile) {
  fs::remove(signal_file());
  archive(1, 2);
  expect_delivered(1);
  EXPECT_TRUE(host.loses_its_workers());
  expect_delivered(2);
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_FALSE(fs::exists(areas()));
}

TEST_F(WalFetchWithWorker, IsNoneForAnyOtherPath) {
  archive(1, 1);
  EXPECT_EQ(testing::run(host.fetch({name_of(1), host.delivered().native()})).exit_code, 0);
  expect_taken(1);
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_FALSE(fs::exists(host.worker_directory()));
}

TEST_F(WalFetchWithWorker, IsNoneWhereNoneIsWanted) {
  archive(1, 3);
  EXPECT_EQ(host.fetch_named(name_of(1), {"--worker", "off"}).exit_code, 0);
  expect_taken(1);
  EXPECT_TRUE(host.loses_its_workers());
  testing::Command command = host.fetch({name_of(2), "pg_wal/RECOVERYXLOG"});
  command.environment["WALDEN_WORKER"] = "off";
  EXPECT_EQ(testing::run(command).exit_code, 0);
  expect_taken(2);
  EXPECT_TRUE(host.loses_its_workers());
  host.configure("worker = \"off\"");
  expect_delivered(3);
  EXPECT_TRUE(host.loses_its_workers());
  EXPECT_FALSE(fs::exists(areas()));
}

TEST_F(WalFetchWithWorker, ObeysAConfigurationThatHasChanged) {
  archive(1, 3);
  const int worker = start_worker();
  ASSERT_TRUE(lies_ready(worker, 3));
  fs::create_directories(host.folder() / "other/orders");
  fs::copy_file(host.marker(), host.folder() / "other/orders/cluster.json");
  testing::write_text(
      host.folder() / "walden.toml",
      "cluster = \"orders\"\nstore = \"file://" + (host.folder() / "other").native() + "\"\n");
  EXPECT_NE(host.fetch_named(name_of(3)).exit_code, 0);
  EXPECT_FALSE(fs::exists(host.delivered()));
}

TEST_F(WalFetchWithWorker, HoldsNeitherTheCallersOutputNorItsDirectory) {
  archive(1, 2);
  const int worker = start_worker();
  const fs::path process = fs::path("/proc") / std::to_string(worker);
  EXPECT_TRUE(eventually([&] { return fs::read_symlink(process / "cwd") == "/"; }));
  for (const auto* fd : {"0", "1", "2"}) {
    EXPECT_EQ(fs::read_symlink(process / "fd" / fd), "/dev/null");
  }
  for (const auto& file : testing::open_files_of(worker)) {
    EXPECT_THAT(file.native(), Not(HasSubstr("memfd")));
  }
}

// What starts a worker, in the hands of a person or in restore_command.
TEST_F(WalFetchWithWorker, AnswersWithDoubtWhenItIsToldToServe) {
  archive(1, 2);
  (void)start_worker();
  const Outcome served = testing::run(host.fetch({"serve", name_of(1), "pg_wal/RECOVERYXLOG"}));
  EXPECT_EQ(served.exit_code, 255);
  EXPECT_FALSE(fs::exists(host.delivered()));
}

}  // namespace
}  // namespace walden
