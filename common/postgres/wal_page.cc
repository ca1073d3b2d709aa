#include "common/postgres/wal_page.h"

#include <fmt/format.h>

#include <bit>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint16_t kLongHeader = 2;  // XLP_LONG_HEADER

std::unexpected<Error> not_a_segment(std::string why) {
  return fail(ErrorKind::corrupt, fmt::format("it is not a WAL segment: {}", why));
}

}  // namespace

Result<WalSegmentHeader> parse_segment_header(ByteView start) {
  if (start.size() < kLongPageHeaderSize) {
    return not_a_segment(fmt::format("it has only {} bytes", start.size()));
  }
  WalSegmentHeader header{.magic = load_le<std::uint16_t>(start, 0),
                          .timeline = load_le<std::uint32_t>(start, 4),
                          .page_address = Lsn{load_le<std::uint64_t>(start, 8)},
                          .system_identifier = load_le<std::uint64_t>(start, 24),
                          .segment_size = load_le<std::uint32_t>(start, 32),
                          .page_size = load_le<std::uint32_t>(start, 36)};
  if (header.magic >> 8U != 0xD1) {
    return not_a_segment(fmt::format("its page magic is {:04X}, not D1xx", header.magic));
  }
  if ((load_le<std::uint16_t>(start, 2) & kLongHeader) == 0) {
    return not_a_segment("its first page has no long header");
  }
  if (!valid_segment_size(header.segment_size)) {
    return not_a_segment(fmt::format("its header says segments of {} bytes", header.segment_size));
  }
  if (!std::has_single_bit(header.page_size) || header.page_size < 1024 ||
      header.page_size > 65536) {
    return not_a_segment(fmt::format("its header says pages of {} bytes", header.page_size));
  }
  if (header.page_address.value % header.segment_size != 0) {
    return not_a_segment(fmt::format("its page address {} is in the middle of a segment",
                                     header.page_address.to_text()));
  }
  return header;
}

Result<> check_segment(const WalName& name, const WalSegmentHeader& header,
                       std::uint64_t file_size) {
  const std::string text = name.to_text();
  if (file_size != header.segment_size) {
    return fail(ErrorKind::corrupt, fmt::format("{} has {} bytes, its header says segments of {}",
                                                text, file_size, header.segment_size));
  }
  const auto number = segment_number(name, header.segment_size);
  if (!number) return fail(ErrorKind::corrupt, number.error().cause);
  const Lsn address = start_of(*number, header.segment_size);
  if (address != header.page_address) {
    return fail(ErrorKind::corrupt, fmt::format("{} should begin at {}, its header says {}", text,
                                                address.to_text(), header.page_address.to_text()));
  }
  if (header.timeline == 0 || header.timeline > name.timeline) {
    return fail(ErrorKind::corrupt, fmt::format("{} should be of timeline {}, its header says {}",
                                                text, name.timeline, header.timeline));
  }
  return {};
}

int postgres_version_of(std::uint16_t magic) {
  switch (magic) {
    case 0xD106:
      return 13;
    case 0xD10D:
      return 14;
    case 0xD110:
      return 15;
    case 0xD113:
      return 16;
    case 0xD116:
      return 17;
    case 0xD118:
      return 18;
    default:
      return 0;
  }
}

}  // namespace walden
