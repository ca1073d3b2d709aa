#include "common/postgres/control_file.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <thread>

#include "common/bytes/files.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"

namespace walden {
namespace {

constexpr std::size_t kFileSize = 8192;  // PG_CONTROL_FILE_SIZE, the same in every version
constexpr std::size_t kVersionEnd = 12;
// pg_control is rewritten in place: a reader can meet it half written, as PostgreSQL's own
// get_controlfile() does, and looks again as often as that one.
constexpr int kLooks = 10;
constexpr auto kBetweenLooks = std::chrono::milliseconds(10);

struct Layout {
  std::uint32_t control_version;
  std::size_t crc_offset;
};
constexpr std::array<Layout, 3> kLayouts = {{{1300, 288}, {1700, 288}, {1800, 292}}};

std::unexpected<Error> unknown_version(std::uint32_t version) {
  if (version < kLayouts.front().control_version) {
    return fail(ErrorKind::configuration,
                fmt::format("pg_control has format {}: older than PostgreSQL 13", version),
                "Walden supports PostgreSQL 13 to 18.");
  }
  return fail(ErrorKind::configuration,
              fmt::format("pg_control has format {}, which this Walden does not know", version),
              "Upgrade Walden to a release that knows this PostgreSQL.");
}

Result<std::size_t> crc_offset_of(std::uint32_t version) {
  for (const Layout& layout : kLayouts) {
    if (layout.control_version == version) return layout.crc_offset;
  }
  return unknown_version(version);
}

}  // namespace

Result<ControlFile> parse_control_file(ByteView content) {
  if (content.size() < kVersionEnd) {
    return fail(ErrorKind::corrupt, fmt::format("pg_control has only {} bytes", content.size()));
  }
  const ControlFile control{.system_identifier = load_le<std::uint64_t>(content, 0),
                            .control_version = load_le<std::uint32_t>(content, 8)};
  const std::size_t end = TRY(crc_offset_of(control.control_version));
  if (content.size() < end + sizeof(std::uint32_t)) {
    return fail(ErrorKind::corrupt, fmt::format("pg_control has only {} bytes", content.size()));
  }
  if (Crc32c::of(content.first(end)) != load_le<std::uint32_t>(content, end)) {
    return fail(ErrorKind::corrupt, "pg_control does not match its checksum");
  }
  return control;
}

Result<ControlFile> read_control_file(const std::filesystem::path& pgdata) {
  const auto path = pgdata / "global" / "pg_control";
  for (int look = 1;; ++look) {
    auto control = parse_control_file(TRY(read_file(path, kFileSize)));
    if (control) return control;
    if (control.error().kind != ErrorKind::corrupt || look == kLooks) {
      return std::unexpected(control.error().within(fmt::format("cannot read {}", path.native())));
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace walden
