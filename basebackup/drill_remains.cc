#include "basebackup/drill_remains.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "basebackup/empty_directory.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".walden-drill";
constexpr std::string_view kRunning = "A drill of Walden's runs here, or was killed here.\n";
constexpr std::string_view kKept = "A drill of Walden's kept this copy. Remove it at will.\n";

enum class State { killed, running, kept, foreign };

std::unexpected<Error> not_ours(const fs::path& scratch, const fs::path& entry) {
  return fail(
      ErrorKind::exists,
      fmt::format("{} is not empty: {} is no drill's", scratch.string(), entry.filename().string()),
      "Nothing was changed. Choose an empty directory that is used for nothing else: "
      "--scratch, or directory below [drill].");
}

Result<State> state_of(const fs::path& folder) {
  struct stat facts {};
  if (::lstat(folder.c_str(), &facts) != 0) return fail_errno("look at", folder.string(), errno);
  if (!S_ISDIR(facts.st_mode) || !folder.filename().native().starts_with(kDrillFolder)) {
    return State::foreign;
  }
  const fs::path path = folder / kMarker;
  const FileDescriptor marker(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!marker && errno == ENOENT) {
    // Killed between making the folder and the marker.
    std::error_code error;
    return fs::is_empty(folder, error) ? State::killed : State::foreign;
  }
  if (!marker) return fail_errno("open", path.string(), errno);
  std::array<std::uint8_t, 128> content{};
  const auto size = TRY(read_some(marker.get(), content, path));
  if (text_of(ByteView(content).first(size)) == kKept) return State::kept;
  if (::flock(marker.get(), LOCK_EX | LOCK_NB) == 0) return State::killed;
  if (errno == EWOULDBLOCK) return State::running;
  return fail_errno("lock", path.string(), errno);
}

bool runs_in(int pid, const fs::path& pgdata) {
  std::error_code error;
  const fs::path where = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  return !error && where == fs::canonical(pgdata, error);
}

// The marker last: what a removal that was cut off leaves is known again.
std::error_code remove_all_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename() != kMarker) entries.push_back(entry->path());
  }
  for (const auto& entry : entries) {
    if (!error) fs::remove_all(entry, error);
  }
  if (!error) fs::remove_all(folder, error);
  return error;
}

// It outlives the drill only when it was killed with the drill's own hands tied. A number that
// belongs to another process by now is left alone: the server works in its data directory.
Result<> stop_server(const fs::path& pgdata) {
  const int pid = running_server(pgdata);
  if (pid == 0 || !runs_in(pid, pgdata)) return {};
  constexpr std::chrono::seconds kPatience{60};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  ::kill(pid, SIGQUIT);
  while (runs_in(pid, pgdata)) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorKind::local_io,
                  fmt::format("the server of an earlier drill in {} does not stop (pid {})",
                              pgdata.string(), pid),
                  fmt::format("Stop it: kill -9 {}", pid));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

}  // namespace

Result<int> clear_remains(const fs::path& scratch) {
  std::vector<fs::path> killed;
  std::error_code error;
  for (fs::directory_iterator entry(scratch, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename() == "lost+found") continue;
    switch (TRY(state_of(path))) {
      case State::foreign:
        return not_ours(scratch, path);
      case State::running:
        return fail(ErrorKind::exists,
                    fmt::format("another drill is running in {}", scratch.string()),
                    "Nothing was changed. Wait for its end, or choose another directory.");
      case State::killed:
        killed.push_back(path);
        break;
      case State::kept:
        break;
    }
  }
  if (error) return fail_errno("look into", scratch.string(), error.value());
  for (const auto& folder : killed) TRY(remove_remains(folder));
  return static_cast<int>(killed.size());
}

Result<FileDescriptor> lock_new_marker(const fs::path& folder) {
  const fs::path path = folder / kMarker;
  FileDescriptor marker(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!marker) return fail_errno("create", path.string(), errno);
  if (::flock(marker.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail_errno("lock", path.string(), errno);
  }
  TRY(write_all(marker.get(), bytes_of(kRunning), path));
  return marker;
}

Result<> mark_as_kept(int marker, const fs::path& folder) {
  const fs::path path = folder / kMarker;
  if (::ftruncate(marker, 0) != 0) return fail_errno("write", path.string(), errno);
  TRY(write_all_at(marker, bytes_of(kKept), 0, path));
  return sync_file(marker, path);
}

Result<> remove_remains(const fs::path& folder) {
  TRY(stop_server(folder / "data"));
  // The server's worker takes away what it has fetched ahead, at the same time.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::error_code error = remove_all_in(folder);
  std::error_code ignored;
  while (error && fs::exists(folder, ignored) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    error = remove_all_in(folder);
  }
  if (!error || !fs::exists(folder, ignored)) return {};
  return fail(ErrorKind::local_io,
              fmt::format("cannot remove {}: {}", folder.string(), error.message()),
              fmt::format("Remove it by hand: rm -r {}", folder.string()));
}

}  // namespace walden
