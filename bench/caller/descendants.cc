#include "bench/caller/descendants.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace walden::bench {
namespace {

namespace fs = std::filesystem;

// A child belongs to the thread that started it.
void add_children(pid_t parent, std::vector<pid_t>& found) {
  std::error_code gone;  // the process has ended: it has no children either
  for (fs::directory_iterator thread("/proc/" + std::to_string(parent) + "/task", gone), end;
       !gone && thread != end; thread.increment(gone)) {
    std::ifstream children(thread->path() / "children");
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
}

struct Process {
  std::string name;
  std::uint64_t peak = 0;  // KiB; 0: a zombie
};

Process read_process(pid_t pid) {
  Process process;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Name:\t")) process.name = line.substr(6);
    if (!line.starts_with("VmHWM:")) continue;
    process.peak = std::stoull(line.substr(6));
    break;
  }
  return process;
}

}  // namespace

std::vector<pid_t> descendants() {
  std::vector<pid_t> found;
  add_children(::getpid(), found);
  for (std::size_t next = 0; next < found.size(); ++next) add_children(found[next], found);
  return found;
}

void Peaks::look() {
  std::uint64_t now = 0;
  for (const pid_t pid : descendants()) {
    const Process process = read_process(pid);
    now += process.peak;
    if (process.peak == 0) continue;
    auto& largest = largest_[process.name];
    largest = std::max(largest, process.peak);
  }
  together_ = std::max(together_, now);
}

}  // namespace walden::bench
