// Mounts that only this test process and its children see, and that go with them: a hosts file of
// the test's own, and a small file system that can be filled.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/temporary_directory.h"

namespace walden::testing {

// Why there can be none here; nothing when there can. To be asked before threads are started.
[[nodiscard]] std::optional<std::string> private_mounts_are_missing();

// Names are looked up in a file of the test's own and nowhere else.
class PrivateHosts {
 public:
  PrivateHosts();
  PrivateHosts(const PrivateHosts&) = delete;
  PrivateHosts& operator=(const PrivateHosts&) = delete;
  ~PrivateHosts();

  void know(const std::string& name) const;  // as 127.0.0.1, beside localhost
  void forget_all() const;                   // but localhost

 private:
  TemporaryDirectory folder_;
};

// A file system of so many megabytes, mounted over a directory.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path directory, int megabytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  void fill() const;
  void free() const;

 private:
  [[nodiscard]] std::filesystem::path ballast() const { return directory_ / "ballast"; }
  const std::filesystem::path directory_;
};

}  // namespace walden::testing
