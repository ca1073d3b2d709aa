#include "basebackup/old_links.h"

#include <fmt/format.h>

#include "basebackup/old_copy.h"
#include "basebackup/restore_claim.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refuse(std::string cause, const std::string& remedy) {
  return fail(ErrorKind::exists, std::move(cause), "Nothing was changed. " + remedy);
}

// Of a restore that was cut off: of this cluster's, or before anything was written.
Result<std::optional<bool>> claimed_for(const fs::path& directory, const BackupSummary& backup) {
  const auto claim = TRY(find_claim(directory));
  if (!claim) return std::nullopt;
  if (claim->running) return claimed_by_another(directory);
  if (TRY(holds_only_claim(directory))) return true;
  if (!claim->what) return std::nullopt;
  return claim->what->system_identifier == backup.system_identifier;
}

}  // namespace

Result<bool> is_tablespace_of(const fs::path& pgdata, const TablespaceFolder& folder,
                              const BackupSummary& backup) {
  const fs::path& location = folder.location;
  if (const auto claimed = TRY(claimed_for(location, backup))) return *claimed;
  const fs::path link = pgdata / fmt::format("pg_tblspc/{}", folder.oid);
  std::error_code error;
  if (!fs::equivalent(link, location, error) || error) return false;
  if (folder.said) return true;
  return refuse(
      fmt::format("{} leads to {}, which another server may use: a copy has the links of what it "
                  "was copied from",
                  link.string(), location.string()),
      fmt::format("If it is this copy's alone, and may be lost: --tablespace {0}={1}. If not, put "
                  "the tablespace elsewhere: --tablespace {0}=/another/folder",
                  folder.original, location.string()));
}

Result<std::optional<fs::path>> wal_directory_of(const fs::path& pgdata, const fs::path& said,
                                                 const BackupSummary& backup) {
  const fs::path link = pgdata / "pg_wal";
  std::error_code error;
  if (fs::symlink_status(link, error).type() != fs::file_type::symlink) {
    if (said.empty()) return std::nullopt;
    return fail(ErrorKind::usage, fmt::format("{} is not a link", link.string()),
                "Leave out --waldir: it is for an old copy whose pg_wal is one.");
  }
  const fs::path target = fs::canonical(link, error);
  if (error || !fs::is_directory(target, error)) {
    return refuse(fmt::format("{} is a link to {}, which is no directory here", link.string(),
                              fs::read_symlink(link, error).string()),
                  "Remove the link, and pg_wal becomes a directory; or mount what it leads to.");
  }
  if (const auto claimed = TRY(claimed_for(target, backup)); claimed && *claimed) return target;
  if (said.empty()) {
    return refuse(
        fmt::format("{} leads to {}, which another server may use: a copy has the links of what it "
                    "was copied from",
                    link.string(), target.string()),
        fmt::format("If it is this copy's alone, and may be lost: --waldir {}. If not, remove the "
                    "link, and pg_wal becomes a directory.",
                    target.string()));
  }
  if (fs::equivalent(said, target, error) && !error) return target;
  return refuse(
      fmt::format("{} leads to {}, not to {}", link.string(), target.string(), said.string()),
      "Name with --waldir where it leads, if that is this copy's alone; or remove the link.");
}

}  // namespace walden
