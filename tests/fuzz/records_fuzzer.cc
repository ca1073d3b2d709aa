// What lies beside a backup and in the audit trail: JSON that people rely on.
//
// input: a server's description, or a line of the audit trail
#include "basebackup/server_record.h"
#include "common/audit/audit_entry.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walden;
  using testing::must;
  const std::string_view text = text_of({data, size});
  if (const auto record = parse_server_record(text)) {
    const auto again = parse_server_record(to_json(*record));
    must(again && to_json(*again) == to_json(*record),
         "a description comes back as it was written");
  }
  if (const auto entry = parse_audit_line(text)) {
    const std::string line = to_line(*entry);
    const auto again = parse_audit_line(line);
    must(again && to_line(*again) == line, "an entry comes back as it was written");
  }
  return 0;
}
