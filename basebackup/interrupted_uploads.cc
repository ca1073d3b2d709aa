#include "basebackup/interrupted_uploads.h"

#include <fmt/format.h>

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

void tidy_up_uploads(Store& store, std::string_view prefix) {
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
