// A file that only this process sees, for code that reads by path.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/bytes/file_descriptor.h"
#include "common/bytes/files.h"

namespace walden::testing {

class MemoryFile {
 public:
  explicit MemoryFile(ByteView content, mode_t mode = 0600)
      : fd_(::memfd_create("fuzzed", MFD_CLOEXEC)) {
    (void)::fchmod(fd_.get(), mode);
    write_all(fd_.get(), content, "a file in memory").value();
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  FileDescriptor fd_;
};

}  // namespace walden::testing
