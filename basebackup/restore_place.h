// Where a restore goes: looked at and refused before anything is touched.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "basebackup/old_copy.h"
#include "basebackup/user_access.h"

namespace walden {

// Whom the files are given to when root restores: PostgreSQL must own what it runs on.
struct FileOwner {
  uid_t user = 0;
  gid_t group = 0;
};

struct TablespacePlace {
  std::uint32_t oid = 0;
  std::string original;            // as the backup has it
  std::filesystem::path location;  // where it goes
  bool exists = false;             // as an empty directory, unless:
  bool over_old = false;           // there is something in it, which is gone over
};

struct RestorePlace {
  std::filesystem::path pgdata;  // absolute
  bool exists = false;           // as an empty directory, unless:
  bool over_old = false;         // there is something in it, which is gone over
  std::optional<FileOwner> owner;
  bool owned_by_root = false;  // root restores, and nothing says for whom
  std::uint64_t free_bytes = 0;
  std::vector<TablespacePlace> tablespaces;  // without in-place ones
  // Where an old copy's pg_wal leads when it is a link: it stays one, and that is gone over too.
  std::optional<std::filesystem::path> wal_directory{};

  // As whom the server will run where root restores: the files' owner, or postgres where nothing
  // says for whom. Nothing where someone else restores, or the user is not known here.
  [[nodiscard]] std::optional<HostUser> server_user() const;
};

// "OLD=NEW", as --tablespace takes it; "\=" is an equals sign within a path.
struct TablespaceMapping {
  std::string from;
  std::string to;
};
[[nodiscard]] Result<TablespaceMapping> parse_tablespace_mapping(const std::string& text);

// The data directory alone, as quickly as it can be said: before anything is fetched. What is there
// to be gone over; nothing where it is empty.
[[nodiscard]] Result<std::optional<OldCopy>> check_data_directory(
    const std::filesystem::path& pgdata, Over over);

// Refused: a running server's directory, one that is not empty (but for what `over` says) or cannot
// be made, a file system that is too small, a tablespace whose folder is in use and not mapped to
// another; and over an old copy what its links lead to and neither the mappings nor `waldir`
// name, and what a process works in.
[[nodiscard]] Result<RestorePlace> check_place(const std::filesystem::path& pgdata,
                                               const std::vector<TablespaceMapping>& mappings,
                                               const BackupSummary& backup,
                                               Over over = Over::nothing,
                                               const std::filesystem::path& waldir = {});

}  // namespace walden
