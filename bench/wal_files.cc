#include "bench/wal_files.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "common/bytes/files.h"

namespace walden::bench {
namespace {

constexpr std::size_t kSegmentName = 24;
constexpr std::size_t kLargest = std::size_t{1} << 30U;

std::vector<Buffer> read_all() {
  std::vector<Buffer> files;
  const char* folder = std::getenv("WALDEN_BENCH_WAL");
  if (folder == nullptr) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().size() != kSegmentName) continue;
    auto content = read_file(entry.path(), kLargest);
    if (content) {
      files.push_back(std::move(*content));
    } else {
      std::cerr << content.error().cause << '\n';
    }
  }
  return files;
}

}  // namespace

const std::vector<Buffer>& wal_files() {
  static const std::vector<Buffer> all = read_all();
  return all;
}

std::size_t total_size(const std::vector<Buffer>& files) {
  std::size_t size = 0;
  for (const auto& file : files) size += file.size();
  return size;
}

}  // namespace walden::bench
