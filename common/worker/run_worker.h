// From a call that found no worker to a worker that answers the next ones.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "common/call/called_program.h"
#include "common/worker/worker_server.h"

namespace walden {

// Is this process to be a worker? Then `call` becomes the command line of the call that started it.
[[nodiscard]] bool is_worker(std::span<char*>& call);

// Starts this program once more as a worker, where this command line may be answered by one.
// To be called before threads are started.
[[nodiscard]] Result<> start_worker(const CalledProgram& program, std::span<char*> call);

struct WorkerSetup {
  // The files that the answers hang on, whether they are there or not.
  std::vector<std::filesystem::path> watched;
  std::chrono::seconds idle;
  const std::atomic<bool>& interrupted;
  // `notes` outlives the handler.
  std::function<Result<std::unique_ptr<CallHandler>>(const std::filesystem::path& data_directory,
                                                     Notes& notes)>
      make_handler;
};

// Returns when it is time to leave; at once, with success, when another worker answers such calls
// already. The current directory is left, so that its file system can be unmounted.
[[nodiscard]] Result<> run_worker(const CalledProgram& program, std::span<char*> call,
                                  const WorkerSetup& setup);

}  // namespace walden
