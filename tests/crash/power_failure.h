// A disk below programs that run, which forgets on demand what was not made durable.
#pragma once

#include <filesystem>
#include <string>

#include "tests/power-loss/durable_log.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {

// What may be found after a power failure lies between these two.
enum class Loss {
  everything,  // contents and entries of directories are as they were at their last fsync
  contents     // every entry was written by chance; contents are as at their last fsync
};

class PowerFailure {
 public:
  // `root` is a folder as its user finds it: all that is in it now is durable.
  explicit PowerFailure(std::filesystem::path root);

  // The command, on that disk.
  [[nodiscard]] Command on_disk(Command command) const;
  // The same as a prefix for a shell's command line.
  [[nodiscard]] std::string shell_prefix() const;

  // Makes `to` (which is not there yet) what is found of the root.
  void restore_to(const std::filesystem::path& to, Loss loss) const;

 private:
  void keep_tree(const std::filesystem::path& directory) const;
  void restore_directory(const std::string& identity, const std::filesystem::path& to) const;
  void restore_contents(const std::filesystem::path& from, const std::filesystem::path& to) const;
  void restore_file(const std::string& identity, const std::filesystem::path& to) const;

  TemporaryDirectory folder_;
  std::filesystem::path root_;
  DurableLog log_;
};

// Why there is none here; empty when there is.
[[nodiscard]] std::string power_failure_is_missing();

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_POWER_FAILURE()                                           \
  if (const auto none = ::walden::testing::power_failure_is_missing(); !none.empty()) \
  GTEST_SKIP() << none
