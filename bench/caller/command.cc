#include "bench/caller/command.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace walden::bench {
namespace {

std::string with_names(const std::string& command, const std::string& segment) {
  std::string text;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char next = command[i] == '%' && i + 1 < command.size() ? command[i + 1] : '\0';
    if (next != 'p' && next != 'f' && next != '%') {
      text += command[i];
      continue;
    }
    ++i;
    if (next == '%') {
      text += '%';
    } else {
      text += (next == 'p' ? "pg_wal/" : "") + segment;
    }
  }
  return text;
}

// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* argv, pid_t parent) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

}  // namespace

pid_t start(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(words.data(), parent);
  return child;
}

Call call(const std::string& command, const std::string& segment) {
  const std::vector<std::string> argv = {"sh", "-c", with_names(command, segment)};
  const auto begun = std::chrono::steady_clock::now();
  const pid_t child = start(argv);
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  return {.exit_code = exit_code_of(status),
          .took = std::chrono::steady_clock::now() - begun,
          .peak = static_cast<std::uint64_t>(used.ru_maxrss)};
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace walden::bench
