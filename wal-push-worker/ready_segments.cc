#include "wal-push-worker/ready_segments.h"

#include <system_error>

#include "common/postgres/wal_name.h"

namespace walden {

namespace fs = std::filesystem;

Result<std::set<std::string>> ready_segments(const fs::path& wal) {
  const fs::path status = wal / "archive_status";
  std::set<std::string> segments;
  std::error_code error;
  fs::directory_iterator entry(status, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != ".ready") continue;
    const auto name = WalName::parse(entry->path().stem().native());
    if (name && name->kind == WalFileKind::segment) segments.insert(name->to_text());
  }
  if (error) return fail_errno("list", status.native(), error.value());
  return segments;
}

}  // namespace walden
