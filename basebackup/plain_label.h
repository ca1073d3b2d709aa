// The backup_label of an incremental backup, as that of the full backup that Walden makes of it.
#pragma once

#include <string>
#include <string_view>

namespace walden {

// Without the two lines by which PostgreSQL refuses to start from an incremental backup that was
// not put together (pg_combinebackup leaves out the same).
[[nodiscard]] std::string plain_label(std::string_view label);

}  // namespace walden
