#include "wal-push-worker/waiting_segments.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <system_error>

namespace walden {
namespace {

namespace fs = std::filesystem;

// Nothing when it cannot be told: the number only illustrates, and must not hide the cause.
std::optional<std::uint64_t> waiting_beside(const fs::path& path) {
  std::error_code error;
  fs::directory_iterator entry(path.parent_path() / "archive_status", error);
  std::uint64_t count = 0;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".ready") ++count;
  }
  return error ? std::nullopt : std::optional(count);
}

}  // namespace

std::string effect_of_failure(const fs::path& path) {
  const auto waiting = waiting_beside(path);
  if (!waiting || *waiting == 0) return {};
  return fmt::format(
      "PostgreSQL keeps the segment and asks again; pg_wal grows until then (now {} segment{} "
      "waiting).",
      *waiting, *waiting == 1 ? "" : "s");
}

}  // namespace walden
