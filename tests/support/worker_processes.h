// The workers that a test's calls have started: they outlive the calls, and are nobody's children.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace walden::testing {

// Every living process that has NAME=VALUE in its environment, except this one: a worker, one that
// is only being started, and callers that have not ended.
[[nodiscard]] std::vector<int> processes_with(const std::string& variable);

// Was it started to be a worker, and is one by now?
[[nodiscard]] bool is_serving(int pid);

// SIGKILL for each, and back when they are gone.
void kill_processes_with(const std::string& variable);

// Where the links /proc/PID/fd lead to.
[[nodiscard]] std::vector<std::filesystem::path> open_files_of(int pid);

// A front end that has a connection, and sleeps.
[[nodiscard]] bool waits_for_a_worker(int pid);

[[nodiscard]] bool a_worker_listens_in(const std::filesystem::path& directory);

}  // namespace walden::testing
