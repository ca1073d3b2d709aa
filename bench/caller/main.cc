// What PostgreSQL's archiver does, with a stopwatch. The current directory is a data directory.
//
//   archive-caller drain COMMAND       COMMAND for every .ready, the oldest first; .ready -> .done
//   archive-caller calls COMMAND       the same for each name that comes in on standard input, with
//                                      a .ready made if there is none
//   archive-caller run PROGRAM ARG...  runs a program (a whole server) instead
//
// Standard output is one JSON object a line: one per call ({"segment", "exit", "ms", "peak_kib"}),
// and at the end what everything took that was started below this process, detached processes
// included (keeper.h); "drain" adds "wall_s", from the first call to the last rename, "run" adds
// "exit". What is left running is ended by then. Exit code 1 when a command failed for good.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "bench/caller/command.h"
#include "bench/caller/keeper.h"

namespace walden::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

// As many as the archiver makes before it lets the segment wait (NUM_ARCHIVE_RETRIES).
constexpr int kAttempts = 3;

void print(const json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

fs::path status_file(const std::string& segment, const char* ending) {
  return "pg_wal/archive_status/" + segment + ending;
}

// A plain rename: PostgreSQL 15 does not sync here either.
bool archive(const std::string& command, const std::string& segment) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::seconds(1));
    const Call called = call(command, segment);
    print({{"segment", segment},
           {"exit", called.exit_code},
           {"ms", std::chrono::duration<double, std::milli>(called.took).count()},
           {"peak_kib", called.peak}});
    if (called.exit_code != 0) continue;
    fs::rename(status_file(segment, ".ready"), status_file(segment, ".done"));
    return true;
  }
  return false;
}

std::vector<std::string> ready_segments() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("pg_wal/archive_status")) {
    if (entry.path().extension() == ".ready") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

int drain(const std::string& command) {
  Keeper keeper;
  const auto begun = Clock::now();
  const auto names = ready_segments();
  const bool good =
      std::ranges::all_of(names, [&](const auto& name) { return archive(command, name); });
  const double wall = std::chrono::duration<double>(Clock::now() - begun).count();
  json end = keeper.end_all();
  end["wall_s"] = wall;
  print(end);
  return good ? 0 : 1;
}

int calls(const std::string& command) {
  Keeper keeper;
  bool good = true;
  for (std::string name; std::getline(std::cin, name);) {
    if (!fs::exists(status_file(name, ".ready")))
      std::ofstream(status_file(name, ".ready")).flush();
    good = archive(command, name) && good;
  }
  print(keeper.end_all());
  return good ? 0 : 1;
}

int run(const std::vector<std::string>& argv) {
  Keeper keeper;
  const pid_t child = start(argv);
  keeper.pass_signals_to(child);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  json end = keeper.end_all();
  end["exit"] = exit_code_of(status);
  print(end);
  return 0;
}

int usage() {
  fmt::print(stderr,
             "usage: archive-caller drain COMMAND | calls COMMAND | run PROGRAM [ARG]...\n");
  return 2;
}

}  // namespace
}  // namespace walden::bench

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) return walden::bench::usage();
  if (words[0] == "drain" && words.size() == 2) return walden::bench::drain(words[1]);
  if (words[0] == "calls" && words.size() == 2) return walden::bench::calls(words[1]);
  if (words[0] == "run") return walden::bench::run({words.begin() + 1, words.end()});
  return walden::bench::usage();
} catch (const std::exception& error) {
  fmt::print(stderr, "archive-caller: {}\n", error.what());
  return 1;
}
