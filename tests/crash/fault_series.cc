#include "tests/crash/fault_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/support/injected_fault.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

// Threads and answers make a run's calls a few more or less than another's.
constexpr int kMoreThanTheFirstRun = 50;

// What a promise rests on.
bool is_decisive(const std::string& call) {
  return call == "fsync" || call == "syncfs" || call == "link" || call == "rename" ||
         call == "mkdir";
}

std::set<int> points(const std::string& call, int count, Sample sample) {
  const bool narrow = sample == Sample::narrow && !every_point_is_tried();
  if (narrow && !is_decisive(call) && call != "write" && call != "pwrite64") return {};
  if (narrow && call == "mkdir") return {};
  if (narrow) return {1, count};
  const bool all = every_point_is_tried() || is_decisive(call);
  std::set<int> chosen = {1, count};
  const int stride = all ? 1 : std::max(1, (count - 1) / 2);
  for (int nth = 1; nth <= count; nth += stride) chosen.insert(nth);
  return chosen;
}

// What WALDEN_TEST_PART chooses of a series: each n-th point, so that all parts take as long.
class Part {
 public:
  Part() {
    const char* text = std::getenv("WALDEN_TEST_PART");
    if (text == nullptr) return;
    char slash = 0;
    std::istringstream words(text);
    if (!(words >> part_ >> slash >> parts_) || slash != '/' || part_ < 1 || part_ > parts_) {
      throw std::runtime_error(std::string("WALDEN_TEST_PART is not like 2/8: ") + text);
    }
  }
  [[nodiscard]] bool takes_next() { return next_++ % parts_ == part_ - 1; }

 private:
  int part_ = 1;
  int parts_ = 1;
  int next_ = 0;
};

}  // namespace

const FaultKind& killed() {
  static const FaultKind kind{
      "signal=KILL",
      {"openat",  "write",   "pwrite64",  "writev",    "fsync",  "fdatasync", "link",
       "linkat",  "rename",  "renameat",  "renameat2", "unlink", "unlinkat",  "mkdir",
       "symlink", "flock",   "fchmod",    "fchown",    "lchown", "utimensat", "connect",
       "sendto",  "sendmsg", "ftruncate", "rmdir",     "syncfs", "exit_group"}};
  return kind;
}

const FaultKind& disk_full() {
  static const FaultKind kind{"error=ENOSPC",
                              {"openat", "write", "pwrite64", "writev", "fsync", "link", "rename",
                               "mkdir", "symlink", "ftruncate"}};
  return kind;
}

const FaultKind& broken_device() {
  static const FaultKind kind{
      "error=EIO", {"openat",    "read",       "pread64", "write",  "pwrite64", "writev",
                    "fsync",     "link",       "rename",  "unlink", "unlinkat", "mkdir",
                    "symlink",   "newfstatat", "fstat",   "statx",  "lseek",    "getdents64",
                    "flock",     "fchmod",     "fchown",  "sendto", "recvfrom", "utimensat",
                    "ftruncate", "rmdir",      "access",  "close",  "syncfs"}};
  return kind;
}

const FaultKind& no_descriptors() {
  static const FaultKind kind{"error=EMFILE", {"openat", "socket", "pipe2", "dup3", "eventfd2"}};
  return kind;
}

std::vector<FaultKind> every_kind() {
  return {killed(), disk_full(), broken_device(), no_descriptors()};
}

std::string name_of_test(const ::testing::TestParamInfo<FaultKind>& test) {
  return test.param.effect.substr(test.param.effect.find('=') + 1);
}

bool every_point_is_tried() {
  const char* all = std::getenv("WALDEN_TEST_ALL");
  return all != nullptr && std::string_view(all) == "1";
}

void fail_at_each_call(const FaultKind& kind, const FaultSeries& series, Sample sample) {
  const auto counts = count_calls(series.prepare(), kind.calls);
  int there = 0;
  int tried = 0;
  Part part;
  const auto fails_at = [&series](const Fault& fault) {
    SCOPED_TRACE(text_of(fault));
    const FaultyRun faulty = run_with(series.prepare(), fault);
    if (faulty.met) series.check(fault, faulty.outcome);
    return faulty.met;
  };
  for (const auto& [call, count] : counts) {
    there += count;
    for (const int nth : points(call, count, sample)) {
      if (!part.takes_next()) continue;
      if (fails_at({call, kind.effect, nth})) {
        ++tried;
      } else {
        EXPECT_TRUE(series.varying.contains(call)) << call << " was not called " << nth << " times";
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
    if (sample == Sample::narrow && !every_point_is_tried()) continue;
    if (!part.takes_next()) continue;
    int nth = count + 1;
    while (nth <= count + kMoreThanTheFirstRun && fails_at({call, kind.effect, nth})) {
      if (::testing::Test::HasFatalFailure()) return;
      ++tried;
      ++nth;
    }
    EXPECT_LE(nth, count + kMoreThanTheFirstRun) << call << " has no end";
  }
  EXPECT_GT(tried, 0);
  fmt::print("{}: {} points tried; the first run had {}\n", kind.effect, tried, there);
}

std::string faults_are_missing() {
#ifdef __SANITIZE_ADDRESS__
  return "with a sanitizer, most calls are the sanitizer's own";
#else
  Command command;
  command.argv = {"true"};
  const auto traced_run = run(with_fault(as_server_user(command), "exit_group:signal=KILL"));
  if (traced_run.signal == SIGKILL) return {};
  return "strace cannot trace here: " + traced_run.err;
#endif
}

}  // namespace walden::testing
