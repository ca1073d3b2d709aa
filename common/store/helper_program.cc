#include "common/store/helper_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/bytes/file_descriptor.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make", "a pipe", errno);
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// A file in memory: a pipe would have to be written while the output is read.
Result<FileDescriptor> file_with(const std::string& text) {
  FileDescriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) return fail_errno("make", "a file in memory", errno);
  TRY(write_all(file.get(), bytes_of(text), "a file in memory"));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail_errno("rewind", "a file", errno);
  return file;
}

class SpawnSettings {
 public:
  SpawnSettings(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // PostgreSQL's files are none of its business.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    // Signals as a program expects them, whatever this one holds back; a group of its own, so that
    // it can be killed with its children.
    sigset_t none;
    sigemptyset(&none);
    sigset_t to_default;
    sigemptyset(&to_default);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) {
      sigaddset(&to_default, signal);
    }
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &to_default);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A child of ours; killed with its group and reaped on destruction.
class Child {
 public:
  explicit Child(pid_t pid)
      : pid_(pid), ended_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), ended_(std::move(other.ended_)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    (void)status();
  }

  // Readable once it has ended.
  [[nodiscard]] int ended() const { return ended_.get(); }
  // Waits for its end. 0 where another part of the program has reaped it: what it printed decides.
  [[nodiscard]] int status() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  FileDescriptor ended_;
};

Result<Child> spawn(const std::vector<std::string>& argv, int input, int output) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const SpawnSettings settings(input, output);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, arguments[0], settings.actions(), settings.attributes(),
                                   arguments.data(), ::environ);
  if (error == 0) return Child(pid);
  return fail(ErrorKind::configuration,
              fmt::format("cannot run {}: {}", argv[0], std::strerror(error)),
              "Give the program with its full path");
}

// True when the descriptor has something to say; false at the deadline.
Result<bool> wait_for(int fd, SteadyTime deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waited{fd, POLLIN, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return fail_errno("wait for", "a program", errno);
  }
}

std::unexpected<Error> timed_out(const HelperProgram& program) {
  return fail(ErrorKind::transient,
              fmt::format("{} did not end within {} s", program.argv[0],
                          std::chrono::ceil<std::chrono::seconds>(program.deadline).count()));
}

Result<Secret> read_to_end(int fd, const HelperProgram& program, SteadyTime deadline) {
  Secret output(program.most_output + 1);
  std::size_t filled = 0;
  while (filled < output.size()) {
    if (!TRY(wait_for(fd, deadline))) return timed_out(program);
    const auto room = output.writable().subspan(filled);
    const ssize_t count = ::read(fd, room.data(), room.size());
    if (count < 0 && errno != EINTR) return fail_errno("read from", program.argv[0], errno);
    if (count == 0) return Secret::copy_of(output.view().first(filled));
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  return fail(ErrorKind::configuration,
              fmt::format("{} printed more than {} bytes", program.argv[0], program.most_output));
}

Result<> check_status(int status, const std::string& name) {
  if (status == 0) return {};
  const std::string how = WIFSIGNALED(status)
                              ? fmt::format("died of signal {}", WTERMSIG(status))
                              : fmt::format("ended with status {}", WEXITSTATUS(status));
  return fail(ErrorKind::transient, fmt::format("{} {}", name, how),
              "Run it by hand, as the same user, to see what it says");
}

}  // namespace

Result<Secret> output_of(const HelperProgram& program) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + program.deadline;
  const FileDescriptor input = TRY(file_with(program.input));
  Pipe pipe = TRY(make_pipe());
  Child child = TRY(spawn(program.argv, input.get(), pipe.write_end.get()));
  pipe.write_end.reset();
  Secret output = TRY(read_to_end(pipe.read_end.get(), program, deadline));
  if (child.ended() >= 0 && !TRY(wait_for(child.ended(), deadline))) return timed_out(program);
  TRY(check_status(child.status(), program.argv[0]));
  return output;
}

}  // namespace walden
