#include "common/worker/background.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotStart = 127;

void leave_callers_session() {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  // PostgreSQL hands some signals down as ignored.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM}) ::signal(signal, SIG_DFL);
}

}  // namespace

Result<> start_in_background(const fs::path& program, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start", program.native(), errno);
  if (child > 0) return {};
  leave_callers_session();
  ::execv(program.c_str(), argv.data());
  ::_exit(kCannotStart);
}

Result<fs::path> own_program() {
  std::error_code error;
  auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) return fail_errno("find", "this program", error.value());
  return program;
}

}  // namespace walden
