// Names of the files that PostgreSQL archives (xlog_internal.h, XLogFileName and its like).
//
//   segment  000000010000000A0000007C                       24 upper-case hex digits
//   partial  000000010000000A0000007C.partial               old timeline's last segment, at
//   promotion backup   000000010000000A0000007C.00000028.backup       backup history file history
//   00000002.history                               timeline history file
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/postgres/lsn.h"

namespace walden {

inline constexpr std::uint32_t kMinSegmentSize = 1U << 20U;
inline constexpr std::uint32_t kMaxSegmentSize = 1U << 30U;

// 1 MB to 1 GB, a power of two (IsValidWalSegSize).
[[nodiscard]] bool valid_segment_size(std::uint64_t size);

enum class WalFileKind { segment, partial, backup_history, timeline_history };

struct WalName {
  WalFileKind kind = WalFileKind::segment;
  Timeline timeline = 0;
  std::uint32_t log = 0;            // high part; 0 for a timeline history
  std::uint32_t segment = 0;        // low part; 0 for a timeline history
  std::uint32_t backup_offset = 0;  // only of a backup history

  bool operator==(const WalName&) const = default;

  // ErrorKind::usage for anything that PostgreSQL would not archive.
  [[nodiscard]] static Result<WalName> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
};

// A segment's number: its position in the log divided by the segment size.
struct SegmentNumber {
  std::uint64_t value = 0;
  auto operator<=>(const SegmentNumber&) const = default;
};

[[nodiscard]] SegmentNumber segment_of(Lsn lsn, std::uint32_t segment_size);
// The segment that holds the byte before `lsn`: the last one needed by something that ends there.
[[nodiscard]] SegmentNumber segment_before(Lsn lsn, std::uint32_t segment_size);
[[nodiscard]] Lsn start_of(SegmentNumber number, std::uint32_t segment_size);
[[nodiscard]] WalName segment_name(Timeline timeline, SegmentNumber number,
                                   std::uint32_t segment_size);
// ErrorKind::usage when the low part is impossible for this segment size.
[[nodiscard]] Result<SegmentNumber> segment_number(const WalName& name, std::uint32_t segment_size);

}  // namespace walden
