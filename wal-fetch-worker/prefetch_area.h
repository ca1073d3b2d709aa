// The directory in which segments wait for PostgreSQL to ask for them. It lies on the file system
// of pg_wal, so that delivering one is a rename, and belongs to one worker, which removes it; what
// a killed worker has left is harmless, and removed by the next.
//
//   <place>/pgsql_tmp_walden_fetch/<pid>/<segment>
//
// Files whose names begin with "pgsql_tmp" are left out of base backups and by pg_rewind
// (basebackup.c, sendDir; filemap.c). The place: the data directory, unless pg_wal is a link to
// another file system; then the directory above pg_wal; where that cannot be, pg_wal itself.
#pragma once

#include <filesystem>

#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class PrefetchArea {
 public:
  [[nodiscard]] static Result<PrefetchArea> create(const std::filesystem::path& data_directory);
  PrefetchArea(PrefetchArea&& other) noexcept = default;
  PrefetchArea& operator=(PrefetchArea&&) = delete;
  ~PrefetchArea();

  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const {
    return directory_ / name;
  }
  // Bytes; 0 when it cannot be told.
  [[nodiscard]] std::uint64_t free_space() const;

 private:
  PrefetchArea(std::filesystem::path directory, FileDescriptor lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::filesystem::path directory_;
  FileDescriptor lock_;  // <directory>/lock, held while the worker lives
};

}  // namespace walden
