// WAL records: what recovery times and restore points are read from.
//
// input: what | 0: step, segments as they are  1: version, one record  2: step, records put onto
// pages with right headers and CRCs: info, resource manager, xid, field ...
#include <algorithm>

#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"
#include "common/postgres/wal_event.h"
#include "common/program/human.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

constexpr std::uint32_t kSegment = kMinSegmentSize;
constexpr Lsn kStart{11U * kSegment};
constexpr std::uint32_t kPage = 1U << 10U;
constexpr int kMostRecords = 16;

struct Scan {
  bool failed = false;
  bool ended = false;
  Lsn valid_until;
  std::size_t events = 0;
  bool operator==(const Scan&) const = default;
};

void look_at(const WalEvent& event) {
  std::visit(
      [](const auto& what) {
        must(what.lsn < what.end, "an event ends behind its beginning");
        (void)utc_time(what.time);
        (void)iso_time(what.time);
        (void)postgres_time(what.time);
      },
      event);
}

Scan scan(ByteView bytes, std::size_t step) {
  Scan seen;
  Lsn last;
  WalRecordScanner scanner(kStart, kSegment, [&](const WalEvent& event) -> Result<> {
    look_at(event);
    const Lsn lsn = std::visit([](const auto& what) { return what.lsn; }, event);
    must(last < lsn, "events come in their order");
    last = lsn;
    ++seen.events;
    return {};
  });
  seen.failed = !write_in_steps(scanner, bytes, step);
  seen.ended = scanner.ended();
  seen.valid_until = scanner.valid_until();
  must(kStart <= seen.valid_until, "the log does not end before it begins");
  return seen;
}

// Both the sums and the chain of the records are right.
class Pages {
 public:
  void add(std::uint8_t info, std::uint8_t manager, std::uint32_t xid, ByteView body) {
    Buffer record;
    append_le(record, static_cast<std::uint32_t>(kRecordHeaderSize + body.size()));
    append_le(record, xid);
    append_le(record, previous_.value);
    append_le(record, static_cast<std::uint32_t>(info | manager << 8U));
    Crc32c crc;
    crc.update(body);
    crc.update(record);
    append_le(record, crc.value());
    record.insert(record.end(), body.begin(), body.end());
    if (at_page_start()) begin_page(0);
    previous_ = position();
    append(record);
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
  }
  [[nodiscard]] const Buffer& bytes() const { return bytes_; }

 private:
  [[nodiscard]] bool at_page_start() const { return bytes_.size() % kPage == 0; }
  [[nodiscard]] Lsn position() const { return {kStart.value + bytes_.size()}; }

  void append(ByteView record) {
    while (!record.empty()) {
      if (at_page_start()) begin_page(static_cast<std::uint32_t>(record.size()));
      const ByteView piece =
          record.first(std::min<std::size_t>(record.size(), kPage - bytes_.size() % kPage));
      bytes_.insert(bytes_.end(), piece.begin(), piece.end());
      record = record.subspan(piece.size());
    }
  }

  // `remaining`: of a record that goes on here.
  void begin_page(std::uint32_t remaining) {
    const bool first = position().value % kSegment == 0;
    const std::uint64_t address = position().value;
    append_le(bytes_, std::uint16_t{0xD110});
    append_le(bytes_, static_cast<std::uint16_t>((remaining > 0 ? 1 : 0) | (first ? 2 : 0)));
    append_le(bytes_, std::uint32_t{1});
    append_le(bytes_, address);
    append_le(bytes_, std::uint64_t{remaining});
    if (!first) return;
    append_le(bytes_, std::uint64_t{7438201938475610283U});
    append_le(bytes_, kSegment);
    append_le(bytes_, kPage);
  }

  Buffer bytes_;
  Lsn previous_;
};

void scan_all_ways(ByteView bytes, std::size_t step) {
  const Scan whole = scan(bytes, 0);
  must(whole == scan(bytes, step), "the pieces do not matter");
}

void scan_records(Input& input) {
  Pages pages;
  const std::size_t step = input.byte();
  for (int records = 0; records < kMostRecords && !input.empty(); ++records) {
    const std::uint8_t info = input.byte();
    const std::uint8_t manager = input.byte();
    const auto xid = input.number<std::uint32_t>();
    pages.add(info, manager, xid, input.field());
  }
  scan_all_ways(pages.bytes(), step);
}

void read_one(int version, ByteView record) {
  if (record.size() < kRecordHeaderSize) return;
  const auto event = read_event(record, kStart, {kStart.value + record.size()}, version);
  if (event && *event) look_at(**event);
}

void run(Input input) {
  switch (input.byte() % 3) {
    case 0: {
      const std::size_t step = input.byte();
      return scan_all_ways(input.rest(), step);
    }
    case 1: {
      const int version = 13 + input.byte() % 6;
      return read_one(version, input.rest());
    }
    default:
      return scan_records(input);
  }
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
