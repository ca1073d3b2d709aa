#include "common/archive/data_directory.h"

#include <system_error>

#include "common/postgres/control_file.h"

namespace walden {

namespace fs = std::filesystem;

fs::path data_directory_of(const fs::path& path) {
  const fs::path directory = path.parent_path() / "..";
  return directory.lexically_normal();
}

Result<std::optional<std::uint64_t>> system_identifier_of(const fs::path& data_directory) {
  const fs::path control = data_directory / "global" / "pg_control";
  std::error_code error;
  const fs::file_status status = fs::status(control, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (error) return fail_errno("look at", control.native(), error.value());
  return TRY(read_control_file(data_directory)).system_identifier;
}

}  // namespace walden
