// What an old copy has outside of its data directory, by links. `cp -a` keeps them: those of a copy
// may lead into the cluster that it was copied from, and runs. So nothing behind a link is gone
// over that is not proven to be this copy's, by the claim of a restore that was cut off, or said to
// be, by name.
//
// All: ErrorKind::exists where another restore runs there, and for what is neither.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "basebackup/manifest.h"

namespace walden {

struct TablespaceFolder {
  std::uint32_t oid = 0;
  std::string original;            // as the backup has it
  std::filesystem::path location;  // where it goes
  bool said = false;               // by --tablespace
};

// Whether a tablespace's folder with something in it belongs to the copy in `pgdata`, which is gone
// over. False: neither a claim nor the copy's own link says so.
[[nodiscard]] Result<bool> is_tablespace_of(const std::filesystem::path& pgdata,
                                            const TablespaceFolder& folder,
                                            const BackupSummary& backup);

// Where the copy's pg_wal leads when it is a link; nothing when it is none. `said`: by --waldir, or
// empty.
[[nodiscard]] Result<std::optional<std::filesystem::path>> wal_directory_of(
    const std::filesystem::path& pgdata, const std::filesystem::path& said,
    const BackupSummary& backup);

}  // namespace walden
