// How much memory the programs take at most, whatever they handle: a segment of 1 GB and a database
// of 4 GB, half of it incompressible, against a bucket (WALDEN_TEST_STORE=s3) or a directory.
// Exits 1 when one of them takes more than the bound that README.md states.
#include <fmt/format.h>
#include <gtest/gtest.h>  // for the reason why there is no server

#include <algorithm>
#include <fstream>
#include <random>

#include "common/program/human.h"
#include "tests/scenarios/archived_cluster.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBound = 128ULL << 20U;
constexpr std::uint32_t kSegmentSize = 1U << 30U;
constexpr std::chrono::seconds kLongest{1800};

// VmHWM of a process that runs still; nothing of one that has ended.
std::uint64_t peak_of(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

class Peaks {
 public:
  void measure(const std::string& what, const Command& command) {
    RunningProcess process(command);
    std::uint64_t peak = 0;
    const bool ended = eventually(
        [&] {
          const std::uint64_t now = peak_of(process.pid());
          peak = std::max(peak, now);
          return now == 0;
        },
        kLongest);
    const Outcome outcome = process.wait();
    const bool good = ended && outcome.exit_code == 0 && peak > 0 && peak <= kBound;
    fmt::print("{:40} {:>8}  {}\n", what, human_size(peak), good ? "ok" : "FAILED");
    if (outcome.exit_code != 0) fmt::print("{}{}\n", outcome.out, outcome.err);
    all_good_ = all_good_ && good;
  }
  [[nodiscard]] bool all_good() const { return all_good_; }

 private:
  bool all_good_ = true;
};

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::mt19937_64 random(7);
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const std::uint64_t word = random();
    std::copy_n(reinterpret_cast<const char*>(&word), 8, bytes.begin() + std::ptrdiff_t(at));
  }
  return bytes;
}

// True page headers and bytes that no compression makes smaller.
fs::path write_random_segment(const fs::path& directory, const SegmentSpec& spec) {
  const std::string noise = random_bytes(64U << 20U);
  std::string content = segment_content(spec);
  for (std::size_t page = 0; page < content.size(); page += 8192) {
    content.replace(page + 40, 8152, noise, (page + page / 67) % (noise.size() - 8192), 8152);
  }
  const fs::path path = directory / segment_file_name(spec);
  write_text(path, content);
  return path;
}

// A server sends whatever lies in its directory: 4 files of 1 GB, every other megabyte of noise.
void fill(PostgresServer& server) {
  const std::string noise = random_bytes(64U << 20U);
  const std::string zeros(1U << 20U, '\0');
  for (int number = 0; number < 4; ++number) {
    const fs::path path = server.pgdata() / ("base/5/9999" + std::to_string(number));
    std::ofstream file(path, std::ios::binary);
    for (std::size_t at = 0; at < 512; ++at) {
      file << zeros
           << std::string_view(noise).substr((at * 777'777) % (noise.size() - (1U << 20U)),
                                             1U << 20U);
    }
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    give_to_server_user(path);
  }
}

int run_all() {
  ArchivedCluster cluster;
  auto& primary = cluster.primary();
  fill(primary);
  Peaks peaks;

  const auto on_host = [&](const std::string& name, const Arguments& arguments) {
    Command command = cluster.basebackup(arguments);
    auto& word = *std::ranges::find(command.argv, program_for_server_user("basebackup"));
    word = program_for_server_user(name);
    command.timeout = kLongest;
    return command;
  };
  peaks.measure("basebackup push, 4 GB",
                on_host("basebackup", {"push", "--connection", primary.conninfo()}));
  primary.archive_current_segment();
  peaks.measure("basebackup verify, 4 GB", on_host("basebackup", {"verify"}));
  peaks.measure("basebackup restore, 4 GB",
                on_host("basebackup", {"restore", "--pgdata", cluster.folder() / "copy"}));
  // Last: a segment that is not of this server's making leaves a hole before it.
  const fs::path folder = cluster.new_folder("segments");
  const SegmentSpec spec{.system_identifier = std::stoull(primary.system_identifier()),
                         .number = 77,
                         .size = kSegmentSize};
  const fs::path segment = write_random_segment(folder, spec);
  give_to_server_user(segment);
  peaks.measure("wal-push, 1 GB", on_host("wal-push", {segment}));
  peaks.measure("wal-push, 1 GB, the same again", on_host("wal-push", {segment}));
  peaks.measure("wal-fetch, 1 GB",
                on_host("wal-fetch", {segment.filename(), (folder / "fetched").string()}));
  return peaks.all_good() ? 0 : 1;
}

}  // namespace
}  // namespace walden::testing

int main() {
  for (const auto& missing :
       {walden::testing::postgres_is_missing(), walden::testing::archive_store_is_missing()}) {
    if (!missing) continue;
    fmt::print(stderr, "memory: {}\n", *missing);
    return 77;
  }
  return walden::testing::run_all();
}
