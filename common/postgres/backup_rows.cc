#include "common/postgres/backup_rows.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <limits>
#include <optional>

#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr std::uint64_t kBytesPerUnit = 1024;  // the server counts in kB

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorKind::corrupt,
              fmt::format("cannot take a base backup: the server's {} does not parse", what));
}

std::optional<std::string_view> value(const PGresult* rows, int row, int column) {
  if (::PQgetisnull(rows, row, column) != 0) return std::nullopt;
  return std::string_view(::PQgetvalue(rows, row, column));
}

Result<std::uint64_t> read_size(std::optional<std::string_view> text) {
  if (!text) return 0;
  const auto units = whole_number<std::uint64_t>(*text, 10);
  if (!units || *units > std::numeric_limits<std::uint64_t>::max() / kBytesPerUnit) {
    return refuse("size of a tablespace");
  }
  return *units * kBytesPerUnit;
}

Result<BackupTablespace> read_tablespace(const PGresult* rows, int row) {
  BackupTablespace tablespace;
  tablespace.size = TRY(read_size(value(rows, row, 2)));
  const auto oid = value(rows, row, 0);
  const auto location = value(rows, row, 1);
  const bool last = row == ::PQntuples(rows) - 1;
  if (oid.has_value() == last) return refuse("order of tablespaces");
  if (last) return tablespace;
  const auto number = whole_number<std::uint32_t>(*oid, 10);
  if (!number || *number == 0 || !location || location->empty()) return refuse("tablespace");
  tablespace.oid = *number;
  tablespace.location = std::string(*location);
  return tablespace;
}

}  // namespace

Result<BackupPosition> read_position(const pg_result* rows) {
  if (::PQntuples(rows) != 1 || ::PQnfields(rows) < 2) return refuse("position");
  const auto lsn = Lsn::parse(value(rows, 0, 0).value_or(""));
  const auto timeline = whole_number<Timeline>(value(rows, 0, 1).value_or(""), 10);
  if (!lsn || !timeline || *timeline == 0) return refuse("position");
  return BackupPosition{*lsn, *timeline};
}

Result<std::vector<BackupTablespace>> read_tablespaces(const pg_result* rows) {
  if (::PQntuples(rows) < 1 || ::PQnfields(rows) < 3) return refuse("list of tablespaces");
  std::vector<BackupTablespace> tablespaces;
  tablespaces.reserve(static_cast<std::size_t>(::PQntuples(rows)));
  for (int row = 0; row < ::PQntuples(rows); ++row) {
    tablespaces.push_back(TRY(read_tablespace(rows, row)));
  }
  return tablespaces;
}

}  // namespace walden
