// The rows around a base backup's data, and a server's error: what libpq hands over as texts.
//
// input: columns | fields ...: NULL?, field
#include <libpq-fe.h>

#include <array>
#include <memory>

#include "basebackup/server_facts.h"
#include "common/postgres/backup_rows.h"
#include "common/postgres/server_error.h"
#include "common/postgres/wal_name.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

struct Clear {
  void operator()(PGresult* result) const { ::PQclear(result); }
};
using Rows = std::unique_ptr<PGresult, Clear>;

constexpr int kMostRows = 8;

Rows rows_of(Input& input) {
  Rows rows(::PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK));
  const int columns = input.byte() % 4 + 1;
  std::array<PGresAttDesc, 4> described{};
  for (auto& column : described) column.name = const_cast<char*>("column");
  ::PQsetResultAttrs(rows.get(), columns, described.data());
  for (int row = 0; row < kMostRows && !input.empty(); ++row) {
    for (int column = 0; column < columns; ++column) {
      const bool null = input.byte() % 2 == 1;
      std::string text = null ? "" : input.text();
      text = text.c_str();  // libpq's values end at their first NUL
      ::PQsetvalue(rows.get(), row, column, null ? nullptr : text.data(),
                   null ? -1 : static_cast<int>(text.size()));
    }
  }
  return rows;
}

void run(Input input) {
  const std::string text(text_of(input.rest()));
  must(!one_line(text).contains('\n'), "one line has no line breaks");
  if (const auto size = parse_segment_size(text)) {
    must(valid_segment_size(*size), "a segment has a possible size");
  }
  (void)refused_connection(text);
  const Rows rows = rows_of(input);
  if (const auto position = read_position(rows.get())) {
    must(position->timeline != 0, "no timeline is 0");
  }
  if (const auto tablespaces = read_tablespaces(rows.get())) {
    must(tablespaces->back().oid == 0, "the data directory comes last");
    for (std::size_t i = 0; i + 1 < tablespaces->size(); ++i) {
      must((*tablespaces)[i].oid != 0, "only the data directory has no OID");
    }
  }
  (void)server_error("take a base backup", rows.get());
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
