#include "basebackup/interrupted_uploads.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "common/bytes/new_file.h"
#include "common/program/human.h"
#include "common/program/report.h"

namespace walden {

Result<std::size_t> remove_interrupted_uploads(S3Store& bucket, std::string_view prefix,
                                               std::chrono::seconds age) {
  std::size_t removed = 0;
  const auto uploads = TRY(bucket.interrupted_uploads(prefix));
  // By the server's clock: a host whose own is days ahead would remove what others are sending.
  const std::int64_t newest = bucket.time() - age.count();
  for (const InterruptedUpload& upload : uploads) {
    // One that does not say when it was begun may be anyone's, at work.
    if (upload.begun == 0 || upload.begun > newest) continue;
    TRY(bucket.abort_upload(upload));
    ++removed;
  }
  return removed;
}

void remove_interrupted_files(const DirectoryStore& directory, std::string_view backup_prefix) {
  std::error_code error;
  std::filesystem::directory_iterator backup(directory.root() / backup_prefix, error);
  for (; !error && backup != std::filesystem::directory_iterator(); backup.increment(error)) {
    (void)remove_abandoned(backup->path());
  }
}

void tidy_up_uploads(Store& store, const ObjectNames& names) {
  if (const auto* directory = dynamic_cast<DirectoryStore*>(&store)) {
    return remove_interrupted_files(*directory, names.backup_prefix());
  }
  const std::string prefix = names.system_prefix();
  auto* bucket = dynamic_cast<S3Store*>(&store);
  if (bucket == nullptr) return;
  const auto removed = remove_interrupted_uploads(*bucket, prefix, kForgottenAfter);
  if (!removed) {
    say("basebackup", fmt::format("cannot see whether interrupted uploads cost money: {}",
                                  removed.error().cause));
  } else if (*removed > 0) {
    say("basebackup",
        fmt::format("removed {} of earlier runs", human_count(*removed, "interrupted upload")));
  }
}

}  // namespace walden
