// The header of a WAL segment's first page (xlog_internal.h, XLogLongPageHeaderData), and the check
// that a file is the segment that its name says.
#pragma once

#include <cstdint>

#include "common/bytes/bytes.h"
#include "common/postgres/wal_name.h"

namespace walden {

inline constexpr std::size_t kLongPageHeaderSize = 40;

struct WalSegmentHeader {
  std::uint16_t magic = 0;
  Timeline timeline = 0;
  Lsn page_address;
  std::uint64_t system_identifier = 0;
  std::uint32_t segment_size = 0;
  std::uint32_t page_size = 0;
};

// `start` is the first kLongPageHeaderSize bytes or more. Refused as corrupt: no WAL magic (the
// high byte is D1 in every version; an unknown low byte is accepted, so that a newer PostgreSQL can
// still archive), no long header, an impossible segment or page size, a page address off a segment
// boundary.
[[nodiscard]] Result<WalSegmentHeader> parse_segment_header(ByteView start);

// Timeline, page address and `file_size` against the name. ErrorKind::corrupt, naming both values.
// A .partial is checked as the segment it is the beginning of. The header of a segment with a
// timeline switch in it carries the old or the new timeline: a header timeline lower than the
// name's is accepted.
[[nodiscard]] Result<> check_segment(const WalName& name, const WalSegmentHeader& header,
                                     std::uint64_t file_size);

// The major version whose page magic this is: 13 to 18; 0 if unknown.
[[nodiscard]] int postgres_version_of(std::uint16_t magic);

}  // namespace walden
