// Names and small files around the WAL: archived files' names, positions, the first page of a
// segment, timeline histories, pg_control.
//
// input: name | file size | what follows: a page, a history, a control file
#include "common/postgres/control_file.h"
#include "common/postgres/crc32c.h"
#include "common/postgres/timeline_history.h"
#include "common/postgres/wal_page.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

void read_name(const std::string& text, ByteView page, std::uint64_t file_size) {
  if (const auto lsn = Lsn::parse(text)) {
    must(Lsn::parse(lsn->to_text()) == *lsn, "a position reads as it is written");
  }
  const auto name = WalName::parse(text);
  if (!name) return;
  must(name->to_text() == text, "a name has one spelling");
  const auto header = parse_segment_header(page);
  if (!header || !check_segment(*name, *header, file_size)) return;
  must(file_size == header->segment_size, "a segment has its size");
  const auto number = segment_number(*name, header->segment_size);
  must(number.has_value(), "a segment has a number");
  must(start_of(*number, header->segment_size) == header->page_address, "it begins where it says");
  must(segment_of(header->page_address, header->segment_size) == *number, "positions lead back");
}

void read_history(Timeline timeline, std::string_view text) {
  const auto history = TimelineHistory::parse(timeline, text);
  if (!history) return;
  must(history->timeline() == timeline && history->parts().size() > 1, "it has a parent");
  for (std::size_t i = 0; i + 1 < history->parts().size(); ++i) {
    const auto& part = history->parts()[i];
    must(part.timeline < history->parts()[i + 1].timeline, "timelines rise");
    must(part.begin <= part.end && part.end == history->parts()[i + 1].begin, "no part is lost");
    must(history->contains(part.timeline), "it contains its parts");
    const auto here = segment_of(part.end, kMinSegmentSize);
    must(history->contains(history->timeline_of(here, kMinSegmentSize)), "one of its timelines");
  }
}

void read_control_file_bytes(ByteView bytes) {
  (void)parse_control_file(bytes);
  for (const std::size_t end : {288, 292}) {
    if (bytes.size() < end + sizeof(std::uint32_t)) continue;
    Buffer mended(bytes.begin(), bytes.end());
    const std::uint32_t crc = Crc32c::of(bytes.first(end));
    std::memcpy(mended.data() + end, &crc, sizeof crc);
    (void)parse_control_file(mended);
  }
}

void run(Input input) {
  const std::string name = input.text();
  const auto file_size = input.number<std::uint32_t>();
  const ByteView rest = input.rest();
  read_name(name, rest, file_size);
  read_history(file_size, text_of(rest));
  read_control_file_bytes(rest);
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
