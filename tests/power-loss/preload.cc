// LD_PRELOAD library: takes down what each successful fsync, fdatasync and syncfs made durable, for
// what lies below $POWER_LOSS_ROOT (a folder on one file system), in the folder $POWER_LOSS_LOG.
// Other ways to make something durable (O_SYNC, sync) are not known here, and so do not count.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "tests/power-loss/durable_log.h"

namespace walden::testing {
namespace {

using Sync = int (*)(int);

// As long as the program runs, the number of an inode that was taken down is not used again.
void hold(const std::string& path) {
  if (::open(path.c_str(), O_PATH | O_CLOEXEC) >= 0) return;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
  (void)::open(path.c_str(), O_PATH | O_CLOEXEC);
}

// Of all threads and processes, one at a time: an older look at a directory that is put down after
// a newer one would lose what the newer one has made durable.
class Turn {
 public:
  explicit Turn(const std::string& log) : fd_(::open(log.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + log);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { ::close(fd_); }

 private:
  const int fd_;
};

bool lies_below(const std::string& path, const std::filesystem::path& root) {
  std::error_code gone;
  const std::string file = std::filesystem::read_symlink(path, gone);
  return !gone && (file == root.native() || file.starts_with(root.native() + "/"));
}

// What is durable afterwards is what was there before: a write meanwhile may or may not be.
int take_down_around(Sync sync, int fd) {
  const char* root = std::getenv("POWER_LOSS_ROOT");
  const char* log = std::getenv("POWER_LOSS_LOG");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (root == nullptr || log == nullptr || !lies_below(path, root)) return sync(fd);
  hold(path);
  const Turn turn(log);
  const auto record = DurableLog(log).take_down(path);
  const int result = sync(fd);
  const int error = errno;
  if (record) result == 0 ? record->commit() : record->drop();
  errno = error;
  return result;
}

// All that lies below the root, at once.
int take_down_all_around(Sync sync, int fd) {
  const char* root = std::getenv("POWER_LOSS_ROOT");
  const char* log = std::getenv("POWER_LOSS_LOG");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (root == nullptr || log == nullptr || !lies_below(path, root)) return sync(fd);
  const Turn turn(log);
  std::vector<DurableLog::Record> records;
  const auto take_down = [&](const std::filesystem::path& at) {
    hold(at);
    if (auto record = DurableLog(log).take_down(at)) records.push_back(std::move(*record));
  };
  take_down(root);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_symlink()) take_down(entry.path());
  }
  const int result = sync(fd);
  const int error = errno;
  for (const auto& record : records) result == 0 ? record.commit() : record.drop();
  errno = error;
  return result;
}

int take_down_or_die(const char* name, int fd) {
  const bool is_all = std::string_view(name) == "syncfs";
  try {
    const auto sync = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name));
    return is_all ? take_down_all_around(sync, fd) : take_down_around(sync, fd);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "power-loss: %s\n", error.what());
    std::abort();
  }
}

}  // namespace
}  // namespace walden::testing

extern "C" int fsync(int fd) {
  return walden::testing::take_down_or_die("fsync", fd);
}
extern "C" int fdatasync(int fd) {
  return walden::testing::take_down_or_die("fdatasync", fd);
}
extern "C" int syncfs(int fd) noexcept {
  return walden::testing::take_down_or_die("syncfs", fd);
}
