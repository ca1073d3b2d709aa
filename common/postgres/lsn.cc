#include "common/postgres/lsn.h"

#include <fmt/format.h>

#include "common/postgres/whole_number.h"

namespace walden {

Result<Lsn> Lsn::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto high = whole_number<std::uint32_t>(text.substr(0, slash), 16);
    const auto low = whole_number<std::uint32_t>(text.substr(slash + 1), 16);
    if (high && low) return Lsn{std::uint64_t{*high} << 32U | *low};
  }
  return fail(ErrorKind::usage, fmt::format("cannot read \"{}\" as a position in the log", text),
              "Write an LSN as PostgreSQL does: A2/7C000028.");
}

std::string Lsn::to_text() const {
  return fmt::format("{:X}/{:X}", value >> 32U, value & 0xFFFFFFFFU);
}

}  // namespace walden
