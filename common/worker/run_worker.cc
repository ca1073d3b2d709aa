#include "common/worker/run_worker.h"

#include <malloc.h>
#include <unistd.h>

#include "common/call/caller.h"
#include "common/worker/background.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// The first argument of a worker; behind it stands the command line of the call that started it.
constexpr const char* kServe = "serve";

// One file's frames and tables serve the next: fresh pages for each are a twentieth of the work.
// Whole objects go back to the system. Two arenas for all threads: left to itself, glibc keeps as
// much in one for each.
void keep_buffers() {
  constexpr int kWholeObject = 4 << 20;
  constexpr int kKept = 32 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kWholeObject);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
  ::mallopt(M_ARENA_MAX, 2);
}

std::optional<WorkerCall> call_of(const CalledProgram& program, std::span<char*> words) {
  return worker_call(program, file_number("/proc/self/exe"), static_cast<int>(words.size()),
                     words.data());
}

// Its name must lead to it: something may have been mounted over it since.
Result<fs::path> current_directory() {
  std::error_code error;
  auto directory = fs::current_path(error);
  if (error || !fs::equivalent(directory, ".", error)) {
    return fail_errno("find", "the current directory", error ? error.value() : ESTALE);
  }
  return directory;
}

}  // namespace

bool is_worker(std::span<char*>& call) {
  if (call.size() < 2 || call[1] != std::string_view(kServe)) return false;
  call[1] = call[0];
  call = call.subspan(1);
  return true;
}

Result<> start_worker(const CalledProgram& program, std::span<char*> call) {
  if (!call_of(program, call)) return {};
  std::vector<std::string> arguments{kServe};
  arguments.insert(arguments.end(), call.begin() + 1, call.end());
  return start_in_background(TRY(own_program()), arguments);
}

Result<> run_worker(const CalledProgram& program, std::span<char*> words,
                    const WorkerSetup& setup) {
  const auto call = call_of(program, words);
  if (!call) return fail(ErrorKind::usage, "no worker answers such a call");
  auto socket = WorkerSocket::listen(call->address);
  if (!socket && socket.error().kind == ErrorKind::exists) return {};
  if (!socket) return std::unexpected(std::move(socket).error());
  keep_buffers();
  const fs::path data_directory = TRY(current_directory());
  std::vector<fs::path> watched = setup.watched;
  watched.push_back(TRY(own_program()));
  TRY(identity_of(watched.back()));  // replaced already: it is the new one's turn
  Notes notes;
  const WorkerOptions options{call->request.identity, Lifetime(data_directory, watched, setup.idle),
                              setup.interrupted, notes};
  const auto handler = TRY(setup.make_handler(data_directory, notes));
  if (::chdir("/") != 0) return fail_errno("enter", "/", errno);
  serve(std::move(*socket), options, *handler);
  return {};
}

}  // namespace walden
