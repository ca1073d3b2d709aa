// Stands in for libFuzzer where there is none: runs each file of the folders named through the
// target once. A folder without a file is an error, as a test of nothing passes always.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz_target.h"

namespace fs = std::filesystem;

namespace {

int run_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  // Said beforehand, so that it is the last line where the target aborts; a buffer of exactly this
  // size lets AddressSanitizer see a read behind it.
  std::fprintf(stderr, "%s\n", path.c_str());
  const std::vector<std::uint8_t> bytes(content.begin(), content.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return 1;
}

int run(const fs::path& path) {
  if (!fs::is_directory(path)) return run_file(path);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(path)) count += run_file(entry.path());
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) count += run(argv[i]);
  std::fprintf(stderr, "%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
