#include "common/postgres/wal_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr std::size_t kWordDigits = 8;
constexpr std::size_t kSegmentDigits = 3 * kWordDigits;
constexpr std::string_view kPartialSuffix = ".partial";
constexpr std::string_view kBackupSuffix = ".backup";
constexpr std::string_view kHistorySuffix = ".history";

// PostgreSQL writes capitals only; another spelling would be a second name for the same file.
std::optional<std::uint32_t> word_at(std::string_view text, std::size_t offset) {
  if (offset + kWordDigits > text.size()) return std::nullopt;
  const std::string_view digits = text.substr(offset, kWordDigits);
  const bool lower = std::ranges::any_of(digits, [](char c) { return c >= 'a' && c <= 'f'; });
  return lower ? std::nullopt : whole_number<std::uint32_t>(digits, 16);
}

// What follows the 24 digits.
bool parse_suffix(std::string_view suffix, WalName& name) {
  if (suffix.empty()) return true;
  if (suffix == kPartialSuffix) {
    name.kind = WalFileKind::partial;
    return true;
  }
  if (suffix.size() != 1 + kWordDigits + kBackupSuffix.size()) return false;
  const auto offset = word_at(suffix, 1);
  if (suffix.front() != '.' || !suffix.ends_with(kBackupSuffix)) return false;
  if (!offset || *offset >= kMaxSegmentSize) return false;
  name.kind = WalFileKind::backup_history;
  name.backup_offset = *offset;
  return true;
}

std::optional<WalName> parse_name(std::string_view text) {
  const auto timeline = word_at(text, 0);
  if (!timeline || *timeline == 0) return std::nullopt;
  WalName name{.timeline = *timeline};
  if (text.substr(kWordDigits) == kHistorySuffix) {
    name.kind = WalFileKind::timeline_history;
    return name;
  }
  const auto log = word_at(text, kWordDigits);
  const auto segment = word_at(text, 2 * kWordDigits);
  if (!log || !segment || !parse_suffix(text.substr(kSegmentDigits), name)) return std::nullopt;
  // The smallest segments are the most that one log can be divided into.
  if (*segment > 0xFFFFFFFFU / kMinSegmentSize) return std::nullopt;
  name.log = *log;
  name.segment = *segment;
  return name;
}

std::uint64_t segments_per_log(std::uint32_t segment_size) {
  return (std::uint64_t{1} << 32U) / segment_size;
}

}  // namespace

bool valid_segment_size(std::uint64_t size) {
  return std::has_single_bit(size) && size >= kMinSegmentSize && size <= kMaxSegmentSize;
}

Result<WalName> WalName::parse(std::string_view text) {
  if (auto name = parse_name(text)) return *name;
  return fail(
      ErrorKind::usage,
      fmt::format("cannot read \"{}\" as the name of a file that PostgreSQL archives", text),
      "Names look like 000000010000000A0000007C or 00000002.history.");
}

std::string WalName::to_text() const {
  if (kind == WalFileKind::timeline_history) return fmt::format("{:08X}.history", timeline);
  std::string digits = fmt::format("{:08X}{:08X}{:08X}", timeline, log, segment);
  switch (kind) {
    case WalFileKind::partial:
      return digits + std::string(kPartialSuffix);
    case WalFileKind::backup_history:
      return fmt::format("{}.{:08X}{}", digits, backup_offset, kBackupSuffix);
    default:
      return digits;
  }
}

SegmentNumber segment_of(Lsn lsn, std::uint32_t segment_size) {
  return {lsn.value / segment_size};
}

SegmentNumber segment_before(Lsn lsn, std::uint32_t segment_size) {
  return {lsn.value == 0 ? 0 : (lsn.value - 1) / segment_size};
}

Lsn start_of(SegmentNumber number, std::uint32_t segment_size) {
  return {number.value * segment_size};
}

WalName segment_name(Timeline timeline, SegmentNumber number, std::uint32_t segment_size) {
  const std::uint64_t per_log = segments_per_log(segment_size);
  return {.timeline = timeline,
          .log = static_cast<std::uint32_t>(number.value / per_log),
          .segment = static_cast<std::uint32_t>(number.value % per_log)};
}

Result<SegmentNumber> segment_number(const WalName& name, std::uint32_t segment_size) {
  if (name.kind == WalFileKind::timeline_history) {
    return fail(ErrorKind::usage, fmt::format("{} is no segment of the log", name.to_text()));
  }
  const std::uint64_t per_log = segments_per_log(segment_size);
  if (name.segment < per_log) return SegmentNumber{name.log * per_log + name.segment};
  return fail(ErrorKind::usage, fmt::format("{} cannot be the name of a segment of {} bytes",
                                            name.to_text(), segment_size));
}

}  // namespace walden
