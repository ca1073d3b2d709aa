// A worker, or a call of one, failed at a system call: what was acknowledged is in the archive,
// what was delivered is whole, and who asks again is served. From the worker's start on.
#include <cstdio>
#include <memory>
#include <set>

#include "tests/crash/fault_series.h"
#include "tests/crash/stored_objects.h"
#include "tests/support/archive_host.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSegments = 4;

SegmentSpec spec_of(std::uint64_t number) {
  return {.number = number, .size = 1U << 20U, .fill = static_cast<std::uint8_t>(number)};
}
std::string name_of(std::uint64_t number) {
  return segment_file_name(spec_of(number));
}

class WorkerCrash : public ::testing::TestWithParam<FaultKind> {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_FAULTS(); }

  // The first call, and whatever it starts, with the fault. Until its worker listens, or all of it
  // has ended.
  std::unique_ptr<RunningProcess> first_call(const Command& call, const Fault& fault) {
    log = std::make_unique<TemporaryDirectory>();
    auto process = std::make_unique<RunningProcess>(traced(call, {fault}, *log / "strace"));
    EXPECT_TRUE(eventually([&] {
      return a_worker_listens_in(host->worker_directory()) || has_ended(process->pid());
    }));
    return process;
  }
  // strace ends with the last of those it traces; then it waits to be asked for its exit code.
  static bool has_ended(int pid) {
    const std::string stat = read_text(fs::path("/proc") / std::to_string(pid) / "stat");
    return stat.find(") Z ") != std::string::npos;
  }
  [[nodiscard]] bool met() const { return fault_was_met(*log / "strace"); }

  // Each call's first, second, fourth, … time, or every one, until there is none.
  void at_each_point(const std::function<bool(const Fault&)>& meets) {
    int tried = 0;
    for (const auto& call : GetParam().calls) {
      for (int nth = 1;; nth = every_point_is_tried() ? nth + 1 : nth * 4) {
        const Fault fault{call, GetParam().effect, nth};
        SCOPED_TRACE(text_of(fault));
        if (!meets(fault)) break;
        ++tried;
      }
    }
    EXPECT_GT(tried, 0);
    std::printf("%s: %d points\n", GetParam().effect.c_str(), tried);
  }

  std::unique_ptr<ArchiveHost> host;
  std::unique_ptr<TemporaryDirectory> log;
};

class WalPushWorkerCrash : public WorkerCrash {
 protected:
  void begin() {
    host = std::make_unique<ArchiveHost>();
    for (std::uint64_t number = 1; number <= kSegments; ++number) {
      write_segment(host->wal(), spec_of(number));
      write_text(host->wal() / "archive_status" / (name_of(number) + ".ready"), "");
    }
  }

  void expect_stored(const std::set<std::uint64_t>& acknowledged) {
    const auto objects = open_every_object(host->store_directory());
    for (const std::uint64_t number : acknowledged) {
      const auto name = host->object(name_of(number)).lexically_relative(host->store_directory());
      const auto object = objects.find(name);
      ASSERT_NE(object, objects.end()) << name;
      EXPECT_EQ(object->second, Sha256::of(bytes_of(segment_content(spec_of(number)))));
    }
  }

  bool meets(const Fault& fault) {
    begin();
    std::set<std::uint64_t> acknowledged;
    const auto first = first_call(host->push({"pg_wal/" + name_of(1), name_of(1)}), fault);
    for (std::uint64_t number = 2; number <= kSegments; ++number) {
      const Outcome pushed = host->push_named(name_of(number));
      EXPECT_TRUE(pushed.exit_code == 0 || pushed.exit_code == 1) << pushed.exit_code << pushed.err;
      if (pushed.exit_code == 0) acknowledged.insert(number);
      expect_stored(acknowledged);
    }
    const bool was_met = met();
    for (std::uint64_t number = 1; number <= kSegments; ++number) {
      EXPECT_EQ(host->push_named(name_of(number)).exit_code, 0);
      acknowledged.insert(number);
    }
    expect_stored(acknowledged);
    return was_met;
  }
};

TEST_P(WalPushWorkerCrash, LosesNothingThatWasAcknowledged) {
  at_each_point([this](const Fault& fault) { return meets(fault); });
}

class WalFetchWorkerCrash : public WorkerCrash {
 protected:
  void begin() {
    host = std::make_unique<ArchiveHost>();
    host->configure("worker = \"off\"");
    for (std::uint64_t number = 1; number <= kSegments; ++number) {
      fs::remove(write_segment(host->wal(), spec_of(number)));
      write_segment(host->folder() / "kept", spec_of(number));
      const std::string kept = (host->folder() / "kept" / name_of(number)).native();
      EXPECT_EQ(run(host->push({kept, name_of(number)})).exit_code, 0);
    }
    host->configure("fetch_deadline = \"1s\"");
    write_text(host->pgdata() / "recovery.signal", "");
  }

  void expect_whole(std::uint64_t number) {
    ASSERT_TRUE(fs::exists(host->delivered()));
    EXPECT_TRUE(read_text(host->delivered()) == segment_content(spec_of(number)));
    fs::remove(host->delivered());
  }

  bool meets(const Fault& fault) {
    begin();
    const auto first = first_call(host->fetch({name_of(1), "pg_wal/FIRST"}), fault);
    for (std::uint64_t number = 2; number <= kSegments; ++number) {
      const Outcome fetched = host->fetch_named(name_of(number));
      EXPECT_TRUE(fetched.exit_code == 0 || fetched.exit_code == 255) << fetched.err;
      if (fetched.exit_code == 0) expect_whole(number);
    }
    const bool was_met = met();
    for (std::uint64_t number = 1; number <= kSegments; ++number) {
      EXPECT_EQ(host->fetch_named(name_of(number)).exit_code, 0);
      expect_whole(number);
    }
    return was_met;
  }
};

TEST_P(WalFetchWorkerCrash, DeliversWholeSegmentsOrStopsTheRecovery) {
  at_each_point([this](const Fault& fault) { return meets(fault); });
}

// The calls by which a worker stores, fetches and answers.
std::vector<FaultKind> kinds_of_push() {
  return {{"signal=KILL", {"write", "fsync", "link", "unlink", "sendto", "accept4", "mkdir"}},
          {"error=EIO", {"write", "fsync", "link", "sendto"}},
          {"error=ENOSPC", {"write", "link"}},
          {"error=EMFILE", {"accept4", "socket"}}};
}
std::vector<FaultKind> kinds_of_fetch() {
  return {{"signal=KILL", {"write", "rename", "unlink", "sendto", "accept4", "mkdir"}},
          {"error=EIO", {"write", "rename", "sendto"}},
          {"error=ENOSPC", {"write", "rename"}},
          {"error=EMFILE", {"accept4", "socket"}}};
}

INSTANTIATE_TEST_SUITE_P(Every, WalPushWorkerCrash, ::testing::ValuesIn(kinds_of_push()),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Every, WalFetchWorkerCrash, ::testing::ValuesIn(kinds_of_fetch()),
                         name_of_test);

}  // namespace
}  // namespace walden::testing
