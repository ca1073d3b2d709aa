#include "tests/support/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>
#include <thread>

#include "common/bytes/file_descriptor.h"

namespace walden::testing {
namespace {

[[noreturn]] void give_up(const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

// Output goes to files in memory: a program can say any amount without a reader that keeps pace.
FileDescriptor memory_file(const char* name) {
  FileDescriptor fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd) give_up("memfd_create");
  return fd;
}

FileDescriptor output_file(const char* name) {
  FileDescriptor fd = memory_file(name);
  if (::fcntl(fd.get(), F_SETFL, O_APPEND) != 0) give_up("fcntl O_APPEND");
  return fd;
}

FileDescriptor input_file(const std::string& input) {
  if (input.empty()) return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  FileDescriptor fd = memory_file("stdin");
  if (::pwrite(fd.get(), input.data(), input.size(), 0) != static_cast<ssize_t>(input.size())) {
    give_up("write the input");
  }
  return fd;
}

std::string content_of(const FileDescriptor& fd) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t count =
        ::pread(fd.get(), piece.data(), piece.size(), static_cast<off_t>(text.size()));
    if (count < 0) give_up("read the output");
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> merged = changes;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      merged.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> lines;
  lines.reserve(merged.size());
  for (const auto& [name, value] : merged) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

struct RunningProcess::State {
  FileDescriptor in, out, err, pidfd;
  pid_t pid = -1;
  bool reaped = false;

  // Between fork and exec only what is safe after the fork of a program with threads.
  [[noreturn]] void become(const Command& command, char* const* argv, char* const* envp) const {
    ::setpgid(0, 0);
    ::dup2(in.get(), STDIN_FILENO);
    ::dup2(out.get(), STDOUT_FILENO);
    ::dup2(err.get(), STDERR_FILENO);
    if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) ::_exit(126);
    ::execvpe(argv[0], argv, envp);
    ::_exit(127);
  }

  [[nodiscard]] Outcome reap() {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
      if (errno != EINTR) give_up("waitpid");
    }
    reaped = true;
    Outcome outcome;
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    outcome.out = content_of(out);
    outcome.err = content_of(err);
    return outcome;
  }

  // True once it has ended; false when the timeout passed first.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds timeout) const {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd waited{pidfd.get(), POLLIN, 0};
      const int ready = ::poll(&waited, 1, static_cast<int>(std::max<long>(left.count(), 0)));
      if (ready > 0) return true;
      if (ready == 0) return false;
      if (errno != EINTR) give_up("poll");
    }
  }
};

RunningProcess::RunningProcess(const Command& command) {
  auto state = std::make_unique<State>();
  state->in = input_file(command.input);
  state->out = output_file("stdout");
  state->err = output_file("stderr");
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> environment = merged_environment(command.environment);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);

  state->pid = ::fork();
  if (state->pid < 0) give_up("fork");
  if (state->pid == 0) state->become(command, argv.data(), envp.data());
  ::setpgid(state->pid, state->pid);  // as in the child: whoever comes first
  state->pidfd = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, state->pid, 0)));
  if (!state->pidfd) give_up("pidfd_open");
  state_ = state.release();
}

RunningProcess::~RunningProcess() {
  if (!state_->reaped) {
    ::kill(-state_->pid, SIGKILL);  // with the children it started
    (void)state_->reap();
  }
  delete state_;
}

int RunningProcess::pid() const {
  return state_->pid;
}

void RunningProcess::send_signal(int signal) const {
  ::kill(state_->pid, signal);
}

std::string RunningProcess::out_so_far() const {
  return content_of(state_->out);
}

std::string RunningProcess::err_so_far() const {
  return content_of(state_->err);
}

Outcome RunningProcess::wait(std::chrono::seconds timeout) {
  const bool ended = state_->wait_for_end(timeout);
  if (!ended) ::kill(-state_->pid, SIGKILL);
  Outcome outcome = state_->reap();
  outcome.timed_out = !ended;
  return outcome;
}

Outcome run(const Command& command) {
  return RunningProcess(command).wait(command.timeout);
}

std::string program(const std::string& name) {
  return std::string(WALDEN_BIN_DIR) + "/" + name;
}

void pause_between_looks() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace walden::testing
