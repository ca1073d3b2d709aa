#include "common/call/front_end.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "common/call/caller.h"
#include "common/call/worker_connection.h"

namespace walden {
namespace {

constexpr int kTries = 30;
constexpr int kBetweenTriesMs = 100;

// Nobody is left to be told that standard error is gone: the exit code still says it.
void write_to_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string own_directory() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string_view own(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return std::string(own.substr(0, own.rfind('/') + 1));
}

std::array<std::string, 2> places_of_worker(const CalledProgram& program) {
  const std::string directory = own_directory();
  return {directory + "../libexec/walden/" + program.worker, directory + program.worker};
}

bool passes(int error) {
  return error == EAGAIN || error == ENOMEM || error == ETXTBSY;
}

int become_worker_program(const CalledProgram& program, char** argv) {
  const auto places = places_of_worker(program);
  int why = ENOENT;
  // A machine that is short of memory or processes for a moment is no reason to stop a recovery.
  for (int tries = 0; tries < kTries; ++tries) {
    why = ENOENT;
    for (const auto& path : places) {
      ::execv(path.c_str(), argv);
      if (errno != ENOENT) why = errno;
    }
    if (!passes(why)) break;
    ::poll(nullptr, 0, kBetweenTriesMs);
  }
  write_to_standard_error(std::string(program.name) + ": cannot start " + places[1] + " or " +
                          places[0] + ": " + std::strerror(why) +
                          "\n  Install Walden as a whole: this program is only its front end.\n");
  return program.failed;
}

// The exit code, or nothing when the work has to be done here.
std::optional<int> answer_of(const WorkerConnection& worker, const CalledProgram& program,
                             const std::string& path) {
  while (const auto answer = worker.next_answer()) {
    if (answer->kind == CallAnswer::Kind::leave) return std::nullopt;
    if (answer->kind == CallAnswer::Kind::working) continue;
    const bool done = answer->kind == CallAnswer::Kind::done;
    if (done && answer->exit_code == 0 && program.delivers_file &&
        ::rename(answer->file.c_str(), path.c_str()) != 0) {
      return std::nullopt;
    }
    write_to_standard_error(answer->text);
    if (done) return answer->exit_code;
  }
  return std::nullopt;
}

std::optional<int> ask_worker(const CalledProgram& program, int argc, char** argv) {
  std::string identity;
  for (const auto& path : places_of_worker(program)) {
    if (identity.empty()) identity = file_number(path);
  }
  const auto call = worker_call(program, identity, argc, argv);
  if (!call) return std::nullopt;
  const auto worker = WorkerConnection::open(call->address);
  if (!worker || !worker->ask(call->request)) return std::nullopt;
  return answer_of(*worker, program, call->request.path);
}

}  // namespace

int run_front_end(const CalledProgram& program, int argc, char** argv) {
  try {
    if (const auto answer = ask_worker(program, argc, argv)) return *answer;
  } catch (const std::exception&) {
    // Out of memory. An abort would be a status above 125, which ends PostgreSQL's archiver.
  }
  return become_worker_program(program, argv);
}

}  // namespace walden
