// The server's own backup_manifest in a restored directory, changed where the restored files are
// not what the server sent: line by line, as it can name millions of files.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "basebackup/restored_tree.h"

namespace walden {

inline constexpr const char* kServerManifest = "backup_manifest";

// One line of the list of files, with its comma but without its line break; what it returns takes
// its place.
using ChangeEntry = std::function<Result<std::string>(std::string line)>;

// Rewrites the file, with its own checksum made right again. One that does not end with a checksum
// is left as it is. Durable.
[[nodiscard]] Result<> change_server_manifest(const RestoredTree& tree, const ChangeEntry& change);

// The path that an entry begins with, as it stands there (not unescaped); empty for other lines.
[[nodiscard]] std::string_view path_of_entry(std::string_view line);
// The entry with another size and checksum; `algorithm` as PostgreSQL names it.
[[nodiscard]] std::string entry_with(std::string line, std::uint64_t size,
                                     std::string_view algorithm, std::string_view checksum);
// The same for a file with this content.
[[nodiscard]] std::string entry_with_content(std::string line, std::string_view content);

}  // namespace walden
