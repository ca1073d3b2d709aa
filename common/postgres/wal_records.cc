#include "common/postgres/wal_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/bytes/little_endian.h"
#include "common/postgres/record_assembly.h"

namespace walden {
namespace {

constexpr std::size_t kPageHeaderSize = 24;
constexpr std::uint16_t kContinues = 0x0001;            // XLP_FIRST_IS_CONTRECORD
constexpr std::uint16_t kLongHeader = 0x0002;           // XLP_LONG_HEADER
constexpr std::uint16_t kOverwritesContinued = 0x0008;  // XLP_FIRST_IS_OVERWRITE_CONTRECORD
constexpr std::uint64_t kAlignment = 8;

Lsn round_up(Lsn lsn, std::uint64_t unit) {
  return {(lsn.value + unit - 1) / unit * unit};
}

}  // namespace

struct WalRecordScanner::State {
  Result<> take(ByteView& bytes);
  Result<> take_page_header(ByteView& bytes);
  Result<> read_page_header(ByteView header);
  Result<> read_long_header(ByteView header);
  void join(std::uint16_t info, std::uint32_t remaining);
  void pass_over(ByteView& bytes);
  void take_tail(ByteView& bytes);
  Result<> take_record(ByteView& bytes);
  Result<> end_record();

  [[nodiscard]] ByteView rest_of_page(ByteView bytes) const {
    return bytes.first(std::min<std::size_t>(page_size - position.value % page_size, bytes.size()));
  }
  [[nodiscard]] bool in_page_header() const {
    return page_header_filled > 0 || page_size == 0 || position.value % page_size == 0;
  }
  [[nodiscard]] bool page_begins_segment() const { return page_start.value % segment_size == 0; }

  Visitor visit;
  std::uint32_t segment_size = 0;
  std::uint32_t page_size = 0;  // from the first page
  int version = 0;
  bool ended = false;

  Lsn start;
  Lsn position;    // of the next byte
  Lsn pass_until;  // bytes before it mean nothing: alignment, or the rest after a switch
  Lsn page_start;
  std::array<std::uint8_t, kLongPageHeaderSize> page_header{};
  std::size_t page_header_filled = 0;
  std::uint64_t tail_left = 0;  // of a record that began before `start`
  RecordAssembly record;
  Lsn last_record;
  Lsn valid_until;
};

Result<> WalRecordScanner::State::take(ByteView& bytes) {
  if (position < pass_until) {
    pass_over(bytes);
    return {};
  }
  if (in_page_header()) return take_page_header(bytes);
  if (tail_left == 0) return take_record(bytes);
  take_tail(bytes);
  return {};
}

void WalRecordScanner::State::pass_over(ByteView& bytes) {
  const std::size_t count = std::min<std::size_t>(pass_until.value - position.value, bytes.size());
  position.value += count;
  bytes = bytes.subspan(count);
}

Result<> WalRecordScanner::State::take_page_header(ByteView& bytes) {
  if (page_header_filled == 0) page_start = position;
  const std::size_t size = page_begins_segment() ? kLongPageHeaderSize : kPageHeaderSize;
  const std::size_t count = std::min(size - page_header_filled, bytes.size());
  std::ranges::copy(bytes.first(count), page_header.data() + page_header_filled);
  bytes = bytes.subspan(count);
  position.value += count;
  page_header_filled += count;
  if (page_header_filled < size) return {};
  page_header_filled = 0;
  return read_page_header(ByteView(page_header).first(size));
}

Result<> WalRecordScanner::State::read_page_header(ByteView header) {
  const auto magic = load_le<std::uint16_t>(header, 0);
  const auto info = load_le<std::uint16_t>(header, 2);
  if (magic >> 8U != 0xD1) {
    ended = true;
    return {};
  }
  version = postgres_version_of(magic);
  if (version == 0) {
    return fail(ErrorKind::configuration,
                fmt::format("cannot read the WAL at {}: its format {:04X} is not known",
                            page_start.to_text(), magic),
                "Upgrade Walden to a release that knows this PostgreSQL.");
  }
  const bool is_long = (info & kLongHeader) != 0;
  ended = load_le<std::uint64_t>(header, 8) != page_start.value || is_long != page_begins_segment();
  if (ended) return {};
  if (is_long) TRY(read_long_header(header));
  join(info, load_le<std::uint32_t>(header, 16));
  return {};
}

Result<> WalRecordScanner::State::read_long_header(ByteView header) {
  const WalSegmentHeader parsed = TRY(parse_segment_header(header));
  if (parsed.segment_size != segment_size) {
    return fail(ErrorKind::corrupt,
                fmt::format("cannot read the WAL at {}: its segments have {} bytes, not {}",
                            page_start.to_text(), parsed.segment_size, segment_size));
  }
  page_size = parsed.page_size;
  return {};
}

// Does this page go on where the last one stopped? After a crash in the middle of a record the
// server says that it gives that one up, and goes on with another.
void WalRecordScanner::State::join(std::uint16_t info, std::uint32_t remaining) {
  const bool continues = (info & kContinues) != 0;
  if ((info & kOverwritesContinued) != 0) {
    record.drop();
    tail_left = 0;
  } else if (page_start == start) {
    tail_left = continues ? remaining : 0;
  } else {
    const std::uint64_t missing = record.is_begun() ? record.missing() : tail_left;
    ended = continues != (missing > 0) || (continues && remaining != missing);
  }
}

void WalRecordScanner::State::take_tail(ByteView& bytes) {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(rest_of_page(bytes).size(), tail_left));
  tail_left -= count;
  position.value += count;
  bytes = bytes.subspan(count);
  if (tail_left == 0) pass_until = round_up(position, kAlignment);
}

Result<> WalRecordScanner::State::take_record(ByteView& bytes) {
  if (!record.is_begun()) record.begin(position, last_record);
  const ByteView offered = rest_of_page(bytes);
  ByteView rest = offered;
  const auto progress = record.take(rest);
  const std::size_t taken = offered.size() - rest.size();
  position.value += taken;
  bytes = bytes.subspan(taken);
  ended = progress == RecordAssembly::Progress::invalid;
  if (progress == RecordAssembly::Progress::whole) return end_record();
  return {};
}

Result<> WalRecordScanner::State::end_record() {
  last_record = record.lsn();
  valid_until = round_up(position, kAlignment);
  if (record.header().is_switch()) valid_until = round_up(valid_until, segment_size);
  pass_until = valid_until;
  std::optional<WalEvent> event;
  if (!record.kept().empty())
    event = TRY(read_event(record.kept(), record.lsn(), valid_until, version));
  record.drop();
  if (event) TRY(visit(*event));
  return {};
}

WalRecordScanner::WalRecordScanner(Lsn start, std::uint32_t segment_size, Visitor visit)
    : state_(std::make_unique<State>()) {
  state_->visit = std::move(visit);
  state_->segment_size = segment_size;
  state_->start = state_->position = state_->valid_until = start;
}

WalRecordScanner::~WalRecordScanner() = default;

Result<> WalRecordScanner::write(ByteView bytes) {
  while (!bytes.empty() && !state_->ended) TRY(state_->take(bytes));
  return {};
}

bool WalRecordScanner::ended() const {
  return state_->ended;
}

Lsn WalRecordScanner::valid_until() const {
  return state_->valid_until;
}

}  // namespace walden
