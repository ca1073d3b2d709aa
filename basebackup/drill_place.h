// Where a drill restores to: a folder of its own below the scratch directory, which it alone uses
// and takes away again. The marker in it is locked while the drill runs, so that what a killed one
// left can be told from what is in use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "basebackup/manifest.h"
#include "basebackup/restore_place.h"
#include "basebackup/user_access.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class DrillPlace {
 public:
  // Takes away what killed drills have left in `scratch` (a server of theirs that still runs is
  // stopped), and makes the folder. Refused, with nothing changed: a scratch directory that is not
  // there, that lies in or is a data directory or a tablespace, or that holds anything but drills;
  // root, when there is no user whom PostgreSQL could run as; another drill that is running there.
  [[nodiscard]] static Result<DrillPlace> create(const std::filesystem::path& scratch,
                                                 const std::string& drill_id);
  DrillPlace(DrillPlace&&) noexcept = default;
  DrillPlace& operator=(DrillPlace&&) = delete;
  ~DrillPlace();  // remove(), as far as it can

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path pgdata() const { return path_ / "data"; }
  [[nodiscard]] std::filesystem::path sockets() const { return path_ / "socket"; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::filesystem::path tablespace(std::uint32_t oid) const;
  // As whom the server runs; nothing: as whoever runs the drill.
  [[nodiscard]] const std::optional<HostUser>& user() const { return user_; }
  // How many folders of killed drills were removed.
  [[nodiscard]] int cleared() const { return cleared_; }

  // Everything in it. ErrorKind::local_io says what is left.
  [[nodiscard]] Result<> remove();
  // It stays, and later drills leave it alone.
  [[nodiscard]] Result<> keep();

 private:
  DrillPlace(std::filesystem::path path, std::optional<HostUser> user)
      : path_(std::move(path)), user_(std::move(user)) {}
  [[nodiscard]] Result<> make();
  [[nodiscard]] Result<> make_folder(const std::filesystem::path& folder) const;

  std::filesystem::path path_;
  std::optional<HostUser> user_;
  FileDescriptor marker_;  // locked; none: nothing was made, or it is to stay
  int cleared_ = 0;
};

// What the restored copy needs beside the backup's files: for the WAL that is replayed, and what it
// adds to them, as much as it is, but no more than a fifth of the files or 1 GB.
[[nodiscard]] std::uint64_t wal_reserve(std::uint64_t database_size, std::uint64_t wal_bytes);

// ErrorKind::local_io when the file system that `path` lies on has less room than that.
[[nodiscard]] Result<> check_room(const std::filesystem::path& path, std::uint64_t database_size,
                                  std::uint64_t wal_bytes);

}  // namespace walden
