// The directories and links of a restore, and everything that it made: to make durable in the end,
// or to take away again when it fails.
#pragma once

#include "basebackup/manifest.h"
#include "basebackup/restore_place.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

// A server does not start without it: it is written last of all and removed first, so that a
// restore that was cut off cannot be taken for a database.
inline constexpr const char* kControlFilePath = "global/pg_control";

class RestoredTree {
 public:
  explicit RestoredTree(const RestorePlace& place) : place_(place) {}

  // The data directory, its directories with their modes, tablespaces' folders and links to them.
  // ErrorKind::exists when another restore was quicker; what it made is left alone by remove().
  [[nodiscard]] Result<> make_directories(const Manifest& manifest);

  // Where a file of the backup goes.
  [[nodiscard]] std::filesystem::path path_of(const std::string& path) const {
    return place_.pgdata / path;
  }
  // A new file at its place, owned as it must be. ErrorKind::local_io when it is there already.
  [[nodiscard]] Result<FileDescriptor> create_file(const std::string& path) const;
  // Mode and owner of a file that was made otherwise.
  [[nodiscard]] Result<> give(int fd, std::uint32_t mode, const std::filesystem::path& path) const;

  // fsync of every directory that was made and of those that hold the topmost ones.
  [[nodiscard]] Result<> sync_directories() const;

  // Gives up the claims, durably: the last step of a restore that succeeded.
  [[nodiscard]] Result<> release() const;

  // Whether there is anything that remove() would take away.
  [[nodiscard]] bool made_anything() const { return !made_.empty(); }

  // Takes away all that was made, down to the empty directories that were there before.
  [[nodiscard]] Result<> remove() const;

 private:
  [[nodiscard]] Result<> make_top(const std::filesystem::path& path, bool exists,
                                  std::uint32_t mode);
  [[nodiscard]] Result<> make(const std::filesystem::path& path, std::uint32_t mode);
  [[nodiscard]] Result<> give_directory(const std::filesystem::path& path,
                                        std::uint32_t mode) const;
  [[nodiscard]] Result<> link_tablespaces();

  const RestorePlace& place_;
  std::vector<std::filesystem::path> made_;
};

}  // namespace walden
