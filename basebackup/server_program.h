// A program of PostgreSQL's that runs beside this one, as the user that PostgreSQL runs as.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/user_access.h"

namespace walden {

struct ProgramCall {
  std::vector<std::string> argv;  // argv[0] with its whole path
  std::optional<HostUser> user;   // only root can run it as another; nothing: as this one
  std::filesystem::path directory;
  std::filesystem::path output;  // standard output and error are appended to it
  int last_signal = 9;           // what it gets when this process, or this object, goes
};

class ServerProgram {
 public:
  // Its environment is this process's. Call it from the thread that outlives the program: the
  // kernel takes that thread's end for the process's.
  [[nodiscard]] static Result<ServerProgram> start(const ProgramCall& call);
  ServerProgram(ServerProgram&& other) noexcept;
  ServerProgram& operator=(ServerProgram&&) = delete;
  // Sends the last signal, and after some seconds SIGKILL; returns when it has ended.
  ~ServerProgram();

  [[nodiscard]] bool ended();
  void send(int signal) const;
  // True once it has ended; false at the deadline, or once `cancel` is true.
  [[nodiscard]] bool wait(std::chrono::steady_clock::time_point deadline,
                          const std::atomic<bool>& cancel);
  // Of one that has ended: its exit code, or 128 and the signal that it died of.
  [[nodiscard]] int exit_code() const;

 private:
  ServerProgram(pid_t pid, int last_signal) : pid_(pid), last_signal_(last_signal) {}

  pid_t pid_ = -1;
  int last_signal_ = 9;
  std::optional<int> status_;
};

}  // namespace walden
