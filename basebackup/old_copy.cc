#include "basebackup/old_copy.h"

#include <fmt/format.h>

#include "basebackup/content_digest.h"
#include "basebackup/restored_tree.h"
#include "common/bytes/files.h"
#include "common/postgres/control_file.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxControlFile = std::size_t{64} << 10U;

std::unexpected<Error> refuse(std::string cause, const std::string& remedy) {
  return fail(ErrorKind::exists, std::move(cause), "Nothing was changed. " + remedy);
}

}  // namespace

Result<bool> holds_only_claim(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() != kRestoreClaim) return false;
  }
  if (error) return fail_errno("look into", directory.string(), error.value());
  return true;
}

Result<OldCopy> look_at_old_copy(const fs::path& pgdata, Over over) {
  OldCopy old;
  const auto found = TRY(find_claim(pgdata));
  if (found && found->running) return claimed_by_another(pgdata);
  if (found) old.claim = found->what;
  if (found && TRY(holds_only_claim(pgdata))) return OldCopy{.empty = true};
  if (over == Over::cut_off_restore) {
    if (!found) {
      return refuse(
          fmt::format("{} is not empty, and no restore was cut off there", pgdata.string()),
          "Choose another directory; --delta goes over an old copy of this cluster.");
    }
    if (old.claim) return old;
    return refuse(fmt::format("the {} in {} does not say of which backup it is", kRestoreClaim,
                              pgdata.string()),
                  "Remove all that is in it, and start again without --resume.");
  }
  std::error_code error;
  if (fs::exists(pgdata / kControlFilePath, error)) {
    old.system_identifier = TRY(read_control_file(pgdata)).system_identifier;
  }
  if (old.claim || old.system_identifier) return old;
  return refuse(fmt::format("{} is no data directory: there is no {} in it", pgdata.string(),
                            kControlFilePath),
                "--delta goes over an old copy of this cluster; else choose an empty directory.");
}

Result<> check_old_copy(const fs::path& pgdata, const OldCopy& old, const BackupSummary& backup,
                        Over over) {
  if (old.empty) return {};
  const std::uint64_t system =
      old.system_identifier.value_or(old.claim ? old.claim->system_identifier : 0);
  if (system != backup.system_identifier) {
    return refuse(fmt::format("{} is of another cluster: its system identifier is {}, the backup's "
                              "{}",
                              pgdata.string(), system, backup.system_identifier),
                  "Choose another directory.");
  }
  if (over == Over::old_copy || old.claim->backup == backup.id) return {};
  return refuse(
      fmt::format("{} was to become backup {}, and this restore is of {}", pgdata.string(),
                  old.claim->backup, backup.id),
      fmt::format(
          "Say --backup {} to go on with it, or --delta in place of --resume to go over it.",
          old.claim->backup));
}

Result<> check_never_started(const fs::path& pgdata, const ManifestFile& manifest) {
  const fs::path control = pgdata / kControlFilePath;
  std::error_code error;
  if (!fs::exists(control, error) || !manifest.control_file()) return {};
  const Buffer content = TRY(read_file(control, kMaxControlFile));
  const ContentDigest& expected = manifest.control_file()->digest;
  if (ContentHasher::of(expected.kind, content) == expected) return {};
  return refuse(fmt::format("a server has run in {} since it was restored", pgdata.string()),
                fmt::format("If it is the copy that you want, remove its {}. To restore over it, "
                            "say --delta in place of --resume.",
                            kRestoreClaim));
}

}  // namespace walden
