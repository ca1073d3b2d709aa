#include "common/worker/background.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace walden {
namespace {

namespace fs = std::filesystem;

// False where something of the caller's would stay open.
bool leave_callers_session() {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(null, standard) < 0) return false;
  }
  // PostgreSQL hands some signals down as ignored.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM}) ::signal(signal, SIG_DFL);
  return ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
}

// However the program ends, this ends in success. In a container the orphan's new parent may be
// PostgreSQL itself, which restarts all of its processes when a child that it does not know fails
// (postmaster.c, CleanupBackend).
[[noreturn]] void run_and_end_well(const fs::path& program, char* const* argv) {
  if (!leave_callers_session()) ::_exit(0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execv(program.c_str(), argv);
    ::_exit(1);
  }
  // Nor is the data directory held: it may be unmounted. Where / cannot be entered, it stays held.
  [[maybe_unused]] const int entered = ::chdir("/");
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

}  // namespace

Result<> start_in_background(const fs::path& program, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start", program.native(), errno);
  if (child > 0) return {};
  run_and_end_well(program, argv.data());
}

Result<fs::path> own_program() {
  std::error_code error;
  auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) return fail_errno("find", "this program", error.value());
  return program;
}

}  // namespace walden
