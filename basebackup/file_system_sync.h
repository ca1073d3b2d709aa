// Everything that was written below some directories, made durable with one call for each file
// system instead of one for each file.
//
// syncfs(2) waits for all data and directories of a file system and, since Linux 5.8, fails if any
// of it could not be written since the directory was opened: so each is opened before anything is
// written. Only where the file system is one whose syncfs writes down to the disk (ext4, XFS,
// Btrfs, tmpfs): behind others, a FUSE daemon say, fsync may be all that is passed on.
#pragma once

#include <filesystem>
#include <map>

#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class FileSystemSync {
 public:
  // To be called for each directory before anything is written into it.
  [[nodiscard]] Result<> watch(const std::filesystem::path& directory);

  // False: every file and every directory has to be synced by itself.
  [[nodiscard]] bool suffices() const { return sound_ && !file_systems_.empty(); }
  [[nodiscard]] Result<> sync() const;

 private:
  struct Watched {
    std::filesystem::path directory;
    FileDescriptor opened;
  };
  bool sound_ = true;
  std::map<std::uint64_t, Watched> file_systems_;  // by device
};

}  // namespace walden
