// What a restored server's log says when it does not come up.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace walden {

// At most 20 lines of at most 300 bytes; none when there is no log.
[[nodiscard]] std::vector<std::string> end_of_log(const std::filesystem::path& log);

// What wal-fetch said, which is why recovery had to stop; else the last FATAL or PANIC. Empty when
// there is neither.
[[nodiscard]] std::string reason_in_log(const std::vector<std::string>& lines);

// Named in 'could not access file "…"': of shared_preload_libraries.
[[nodiscard]] std::vector<std::string> missing_libraries_in(const std::vector<std::string>& lines);

}  // namespace walden
