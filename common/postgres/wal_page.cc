#include "common/postgres/wal_page.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint16_t kLongHeader = 0x0002;  // XLP_LONG_HEADER
constexpr std::uint32_t kMinPageSize = 1U << 10U;
constexpr std::uint32_t kMaxPageSize = 1U << 16U;

bool valid_page_size(std::uint32_t size) {
  return std::has_single_bit(size) && size >= kMinPageSize && size <= kMaxPageSize;
}

std::unexpected<Error> no_segment(std::string_view why) {
  return fail(ErrorKind::corrupt, fmt::format("cannot read it as a WAL segment: {}", why));
}

std::unexpected<Error> mismatch(const WalName& name, std::string why) {
  return fail(ErrorKind::corrupt,
              fmt::format("cannot take it for {}: {}", name.to_text(), std::move(why)));
}

}  // namespace

Result<WalSegmentHeader> parse_segment_header(ByteView start) {
  if (start.size() < kLongPageHeaderSize) {
    return no_segment(fmt::format("{} bytes are too few for a page header", start.size()));
  }
  const WalSegmentHeader header{.magic = load_le<std::uint16_t>(start, 0),
                                .timeline = load_le<std::uint32_t>(start, 4),
                                .page_address = {load_le<std::uint64_t>(start, 8)},
                                .system_identifier = load_le<std::uint64_t>(start, 24),
                                .segment_size = load_le<std::uint32_t>(start, 32),
                                .page_size = load_le<std::uint32_t>(start, 36)};
  if (header.magic >> 8U != 0xD1) {
    return no_segment(fmt::format("its first bytes are {:04X}, no magic of WAL", header.magic));
  }
  if ((load_le<std::uint16_t>(start, 2) & kLongHeader) == 0) {
    return no_segment("its first page has no long header");
  }
  if (header.timeline == 0) return no_segment("its timeline is 0");
  if (!valid_segment_size(header.segment_size)) {
    return no_segment(fmt::format("its segment size is {}", header.segment_size));
  }
  if (!valid_page_size(header.page_size)) {
    return no_segment(fmt::format("its page size is {}", header.page_size));
  }
  if (header.page_address.value % header.segment_size != 0) {
    return no_segment(fmt::format("its page address {} is not where a segment begins",
                                  header.page_address.to_text()));
  }
  return header;
}

Result<> check_segment(const WalName& name, const WalSegmentHeader& header,
                       std::uint64_t file_size) {
  if (name.kind != WalFileKind::segment && name.kind != WalFileKind::partial) {
    return mismatch(name, "that is no segment");
  }
  const auto number = segment_number(name, header.segment_size);
  if (!number) return mismatch(name, number.error().cause);
  const Lsn expected = start_of(*number, header.segment_size);
  if (header.page_address != expected) {
    return mismatch(name, fmt::format("it begins at {}, not at {}", header.page_address.to_text(),
                                      expected.to_text()));
  }
  if (header.timeline > name.timeline) {
    return mismatch(name,
                    fmt::format("it is of timeline {}, not of {}", header.timeline, name.timeline));
  }
  if (file_size != header.segment_size) {
    return mismatch(name, fmt::format("it has {} bytes, and its header says {}", file_size,
                                      header.segment_size));
  }
  return {};
}

int postgres_version_of(std::uint16_t magic) {
  struct Known {
    std::uint16_t magic;
    int version;
  };
  static constexpr std::array<Known, 6> kKnown = {
      {{0xD106, 13}, {0xD10D, 14}, {0xD110, 15}, {0xD113, 16}, {0xD116, 17}, {0xD118, 18}}};
  for (const Known& known : kKnown) {
    if (known.magic == magic) return known.version;
  }
  return 0;
}

}  // namespace walden
