#include "common/postgres/lsn.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace walden {
namespace {

std::optional<std::uint32_t> hex_half(std::string_view text) {
  std::uint32_t half = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, half, 16);
  if (text.empty() || text.size() > 8 || error != std::errc() || end != last) return std::nullopt;
  return half;
}

}  // namespace

Result<Lsn> Lsn::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto high = hex_half(text.substr(0, slash));
    const auto low = hex_half(text.substr(slash + 1));
    if (high && low) return Lsn{std::uint64_t{*high} << 32U | *low};
  }
  return fail(ErrorKind::usage, fmt::format("'{}' is not an LSN", text),
              "Write it as PostgreSQL shows it, such as A2/7C000028.");
}

std::string Lsn::to_text() const {
  return fmt::format("{:X}/{:X}", value >> 32U, value & 0xFFFFFFFFU);
}

}  // namespace walden
