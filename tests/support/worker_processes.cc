#include "tests/support/worker_processes.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <system_error>

#include "common/call/worker_connection.h"
#include "tests/support/child_process.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

// Empty for a process that is gone, or a zombie, or somebody else's.
std::string environment_of(const fs::path& process) {
  std::ifstream file(process / "environ", std::ios::binary);
  return '\0' + std::string(std::istreambuf_iterator<char>(file), {});
}

bool is_number(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<int> processes_with(const std::string& variable) {
  const std::string entry = '\0' + variable + '\0';
  std::vector<int> found;
  for (const auto& process : fs::directory_iterator("/proc")) {
    const std::string number = process.path().filename();
    if (!is_number(number) || std::stoi(number) == ::getpid()) continue;
    if (environment_of(process).find(entry) != std::string::npos) {
      found.push_back(std::stoi(number));
    }
  }
  return found;
}

bool is_serving(int pid) {
  std::ifstream file(fs::path("/proc") / std::to_string(pid) / "cmdline", std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  return line.find(std::string("\0serve\0", 7)) != std::string::npos;
}

void kill_processes_with(const std::string& variable) {
  (void)eventually([&] {
    const auto processes = processes_with(variable);
    for (const int pid : processes) ::kill(pid, SIGKILL);
    return processes.empty();
  });
}

std::vector<fs::path> open_files_of(int pid) {
  std::vector<fs::path> files;
  const fs::path process = fs::path("/proc") / std::to_string(pid) / "fd";
  std::error_code gone;
  for (fs::directory_iterator entry(process, gone); !gone && entry != fs::directory_iterator();
       entry.increment(gone)) {
    std::error_code closed;
    files.push_back(fs::read_symlink(entry->path(), closed));
  }
  return files;
}

bool waits_for_a_worker(int pid) {
  std::ifstream file(fs::path("/proc") / std::to_string(pid) / "stat");
  const std::string status{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = status.rfind(')');
  return name_end != std::string::npos && status.substr(name_end).starts_with(") S") &&
         std::ranges::any_of(open_files_of(pid), [](const fs::path& path) {
           return path.native().starts_with("socket:");
         });
}

bool a_worker_listens_in(const fs::path& directory) {
  std::error_code absent;
  for (fs::directory_iterator entry(directory, absent);
       !absent && entry != fs::directory_iterator(); entry.increment(absent)) {
    if (entry->path().extension() != ".socket") continue;
    if (WorkerConnection::open({directory, entry->path(), {}})) return true;
  }
  return false;
}

}  // namespace walden::testing
