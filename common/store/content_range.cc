#include "common/store/content_range.h"

#include <charconv>

namespace walden {

std::optional<std::uint64_t> parse_length(std::string_view value) {
  std::uint64_t length = 0;
  const char* const behind = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), behind, length);
  if (value.empty() || error != std::errc() || end != behind) return std::nullopt;
  return length;
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes ";
  if (!value.starts_with(kUnit)) return std::nullopt;
  value.remove_prefix(kUnit.size());
  const auto dash = value.find('-');
  const auto slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
    return std::nullopt;
  }
  const auto first = parse_length(value.substr(0, dash));
  const auto last = parse_length(value.substr(dash + 1, slash - dash - 1));
  const auto total = parse_length(value.substr(slash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  if (!total && value.substr(slash + 1) != "*") return std::nullopt;
  if (total && *total <= *last) return std::nullopt;
  return ContentRange{*first, *last, total};
}

}  // namespace walden
