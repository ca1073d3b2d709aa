// The outline of a backup, by which it is decided what is deleted; and backups' ids.
//
// input: the outline
#include "basebackup/outline.h"
#include "basebackup/survey.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walden;
  using testing::must;
  const std::string text(text_of({data, size}));
  for (const bool long_segments : {false, true}) {
    const auto facts = parse_backup_id(text, long_segments);
    must(!facts || facts->timeline != 0, "an id is of some timeline");
  }
  const auto outline = parse_outline(text);
  if (!outline) return 0;
  must(outline->start <= outline->stop, "it does not stop before it starts");
  must(valid_segment_size(outline->segment_size), "its segments have a size that there is");
  const auto again = parse_outline(to_json_text(*outline));
  must(again && again->references == outline->references && again->stop == outline->stop &&
           again->history.has_value() == outline->history.has_value(),
       "it comes back as it was written");
  return 0;
}
