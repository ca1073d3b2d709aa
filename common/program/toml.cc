#include "common/program/toml.h"

#include <fmt/format.h>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

}  // namespace

Result<toml::table> read_toml(const std::filesystem::path& path) {
  const auto content = read_file(path, kLargestFile);
  if (!content) {
    Error error = content.error().within("configuration");
    error.kind = ErrorKind::configuration;  // absent, denied, too large: a person must mend it
    return std::unexpected(std::move(error));
  }
  toml::parse_result parsed = toml::parse(text_of(*content));
  if (!parsed) {
    return fail(ErrorKind::configuration,
                fmt::format("{}:{}: {}", path.string(), parsed.error().source().begin.line,
                            parsed.error().description()),
                "Mend the file; settings are lines such as: cluster = \"orders\"");
  }
  return std::move(parsed).table();
}

}  // namespace walden
