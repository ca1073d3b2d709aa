#include "basebackup/server_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "common/bytes/file_descriptor.h"

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenLooks = std::chrono::milliseconds(20);
constexpr auto kLastPatience = std::chrono::seconds(20);

// Made before the fork: behind it nothing but system calls is safe.
struct Prepared {
  explicit Prepared(const ProgramCall& call) : user(call.user), last_signal(call.last_signal) {
    for (const auto& word : call.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    directory = call.directory.c_str();
    if (user) groups = groups_of(*user);
  }
  std::vector<char*> argv;
  const char* directory = nullptr;
  const std::optional<HostUser>& user;
  std::vector<gid_t> groups;
  int last_signal;
};

bool become(const Prepared& prepared) {
  if (!prepared.user) return true;
  return ::setgroups(prepared.groups.size(), prepared.groups.data()) == 0 &&
         ::setgid(prepared.user->group) == 0 && ::setuid(prepared.user->user) == 0;
}

// A Ctrl-C at the terminal is for the drill alone, which then stops its server in order: so the
// program gets a group of its own.
[[noreturn]] void become_program(const Prepared& prepared, int null, int output, pid_t parent,
                                 int tell) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(signal, SIG_DFL);
  const bool ready = ::setpgid(0, 0) == 0 && ::dup2(null, STDIN_FILENO) >= 0 &&
                     ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0 &&
                     become(prepared) && ::chdir(prepared.directory) == 0 &&
                     // After the change of user, which clears it.
                     ::prctl(PR_SET_PDEATHSIG, prepared.last_signal) == 0 && ::getppid() == parent;
  if (ready) ::execv(prepared.argv[0], prepared.argv.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(tell, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Result<ServerProgram> ServerProgram::start(const ProgramCall& call) {
  const Prepared prepared(call);
  const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor output(
      ::open(call.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!output) return fail_errno("open", call.output.string(), errno);
  std::array<int, 2> ends{};
  if (!null || ::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make", "a pipe", errno);
  const FileDescriptor hear(ends[0]);
  FileDescriptor tell(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("run", call.argv[0], errno);
  if (pid == 0) become_program(prepared, null.get(), output.get(), parent, tell.get());
  ServerProgram program(pid, call.last_signal);
  tell.reset();
  int error = 0;
  ssize_t heard = 0;
  while ((heard = ::read(hear.get(), &error, sizeof error)) < 0 && errno == EINTR) continue;
  if (heard == 0) return program;  // the exec has closed its end
  return fail_errno("run", call.argv[0], error);
}

ServerProgram::ServerProgram(ServerProgram&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      last_signal_(other.last_signal_),
      status_(std::exchange(other.status_, std::nullopt)) {}

ServerProgram::~ServerProgram() {
  if (pid_ < 0 || ended()) return;
  send(last_signal_);
  static const std::atomic<bool> never{false};
  if (wait(Clock::now() + kLastPatience, never)) return;
  send(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

bool ServerProgram::ended() {
  if (status_) return true;
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
  status_ = reaped < 0 ? 0 : status;  // reaped by another part of the program: nothing is known
  return true;
}

void ServerProgram::send(int signal) const {
  if (!status_) ::kill(pid_, signal);
}

bool ServerProgram::wait(Clock::time_point deadline, const std::atomic<bool>& cancel) {
  while (!ended()) {
    if (cancel || Clock::now() > deadline) return false;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return true;
}

int ServerProgram::exit_code() const {
  const int status = status_.value_or(0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace walden
