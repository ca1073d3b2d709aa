// A folder of its own for a test, removed with everything in it afterwards.
#pragma once

#include <filesystem>
#include <string>

namespace walden::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();  // below $TMPDIR or /tmp; mode 0700
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace walden::testing
