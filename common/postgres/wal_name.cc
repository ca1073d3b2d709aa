#include "common/postgres/wal_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace walden {
namespace {

constexpr std::size_t kSegmentLength = 24;
constexpr std::string_view kPartial = ".partial";
constexpr std::string_view kBackup = ".backup";
constexpr std::string_view kHistory = ".history";

bool upper_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

std::uint32_t hex_at(std::string_view text, std::size_t offset) {
  std::uint32_t value = 0;
  std::from_chars(text.data() + offset, text.data() + offset + 8, value, 16);
  return value;
}

std::unexpected<Error> not_archived(std::string_view text) {
  return fail(ErrorKind::usage,
              fmt::format("'{}' is not the name of a file that PostgreSQL archives", text),
              "Names are segments (24 hex digits), .partial, .backup and .history files.");
}

// What follows a segment's 24 digits: nothing, ".partial", ".XXXXXXXX.backup".
bool parse_suffix(std::string_view suffix, WalName& name) {
  if (suffix.empty()) return true;
  if (suffix == kPartial) {
    name.kind = WalFileKind::partial;
    return true;
  }
  if (suffix.size() != 9 + kBackup.size() || suffix[0] != '.' || !suffix.ends_with(kBackup) ||
      !upper_hex(suffix.substr(1, 8))) {
    return false;
  }
  name.kind = WalFileKind::backup_history;
  name.backup_offset = hex_at(suffix, 1);
  return true;
}

std::uint64_t segments_per_log(std::uint32_t segment_size) {
  return (std::uint64_t{1} << 32U) / segment_size;
}

}  // namespace

bool valid_segment_size(std::uint64_t size) {
  return size >= kMinSegmentSize && size <= kMaxSegmentSize && std::has_single_bit(size);
}

Result<WalName> WalName::parse(std::string_view text) {
  WalName name;
  if (text.size() == 8 + kHistory.size() && text.ends_with(kHistory) &&
      upper_hex(text.substr(0, 8))) {
    name.kind = WalFileKind::timeline_history;
    name.timeline = hex_at(text, 0);
  } else if (text.size() >= kSegmentLength && upper_hex(text.substr(0, kSegmentLength)) &&
             parse_suffix(text.substr(kSegmentLength), name)) {
    name.timeline = hex_at(text, 0);
    name.log = hex_at(text, 8);
    name.segment = hex_at(text, 16);
  } else {
    return not_archived(text);
  }
  if (name.timeline == 0) return not_archived(text);
  return name;
}

std::string WalName::to_text() const {
  switch (kind) {
    case WalFileKind::segment:
      return fmt::format("{:08X}{:08X}{:08X}", timeline, log, segment);
    case WalFileKind::partial:
      return fmt::format("{:08X}{:08X}{:08X}.partial", timeline, log, segment);
    case WalFileKind::backup_history:
      return fmt::format("{:08X}{:08X}{:08X}.{:08X}.backup", timeline, log, segment, backup_offset);
    case WalFileKind::timeline_history:
      return fmt::format("{:08X}.history", timeline);
  }
  return {};
}

SegmentNumber segment_of(Lsn lsn, std::uint32_t segment_size) {
  return {lsn.value / segment_size};
}

SegmentNumber segment_before(Lsn lsn, std::uint32_t segment_size) {
  return {(lsn.value - std::min<std::uint64_t>(lsn.value, 1)) / segment_size};
}

Lsn start_of(SegmentNumber number, std::uint32_t segment_size) {
  return {number.value * segment_size};
}

WalName segment_name(Timeline timeline, SegmentNumber number, std::uint32_t segment_size) {
  const std::uint64_t per_log = segments_per_log(segment_size);
  WalName name;
  name.timeline = timeline;
  name.log = static_cast<std::uint32_t>(number.value / per_log);
  name.segment = static_cast<std::uint32_t>(number.value % per_log);
  return name;
}

Result<SegmentNumber> segment_number(const WalName& name, std::uint32_t segment_size) {
  const std::uint64_t per_log = segments_per_log(segment_size);
  if (name.segment >= per_log) {
    return fail(ErrorKind::usage,
                fmt::format("{} cannot be a segment of {} MB: its last part reaches only to {:08X}",
                            name.to_text(), segment_size >> 20U, per_log - 1));
  }
  return SegmentNumber{name.log * per_log + name.segment};
}

}  // namespace walden
