#include "common/postgres/control_file.h"

#include <fmt/format.h>

#include <optional>

#include "common/bytes/files.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"

namespace walden {
namespace {

constexpr std::size_t kFileSize = 8192;  // PG_CONTROL_FILE_SIZE
constexpr std::uint32_t kOldestVersion = 1300;
constexpr std::uint32_t kNewestVersion = 1800;

// The CRC is the struct's last field; where that is differs by version and architecture. The places
// it can be at are few, and a wrong one matches once in four thousand million.
constexpr std::size_t kFirstCrcOffset = 200;
constexpr std::size_t kLastCrcOffset = 400;

bool crc_matches(ByteView content) {
  Crc32c crc;
  crc.update(content.first(kFirstCrcOffset));
  for (std::size_t at = kFirstCrcOffset; at <= kLastCrcOffset; at += 4) {
    if (crc.value() == load_le<std::uint32_t>(content, at)) return true;
    crc.update(content.subspan(at, 4));
  }
  return false;
}

}  // namespace

Result<ControlFile> parse_control_file(ByteView content) {
  if (content.size() < kLastCrcOffset + 4) {
    return fail(ErrorKind::corrupt, fmt::format("it has only {} bytes", content.size()));
  }
  const ControlFile control{.system_identifier = load_le<std::uint64_t>(content, 0),
                            .control_version = load_le<std::uint32_t>(content, 8)};
  if (!crc_matches(content)) return fail(ErrorKind::corrupt, "its checksum does not match");
  if (control.control_version < kOldestVersion || control.control_version > kNewestVersion) {
    return fail(
        ErrorKind::configuration,
        fmt::format("its version {} is none of PostgreSQL 13 to 18", control.control_version),
        "Upgrade Walden on this host.");
  }
  if (control.system_identifier == 0) return fail(ErrorKind::corrupt, "system identifier 0");
  return control;
}

Result<ControlFile> read_control_file(const std::filesystem::path& pgdata) {
  const auto path = pgdata / "global" / "pg_control";
  const Buffer content = TRY(read_file(path, kFileSize));
  auto control = parse_control_file(content);
  if (control) return control;
  return std::unexpected(control.error().within("cannot use " + path.string()));
}

}  // namespace walden
