#include "common/program/settings_file.h"

#include <fmt/format.h>

// Compiled in, and without exceptions: wal-push starts once per segment, and a library more to load
// would cost it more than parsing does.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

std::string known_keys() {
  std::vector<std::string_view> keys;
  for (const Setting& setting : settings()) keys.push_back(setting.key);
  return fmt::format("{}", fmt::join(keys, ", "));
}

std::string_view expected_type(SettingKind kind) {
  switch (kind) {
    case SettingKind::number:
      return "a whole number";
    case SettingKind::duration:
      return "a duration such as \"60s\"";
    case SettingKind::list:
      return "a list of texts: [\"...\"]";
    case SettingKind::text:
    case SettingKind::path:
      break;
  }
  return "a text in quotes";
}

std::optional<std::vector<std::string>> texts_of(const toml::array& array) {
  std::vector<std::string> texts;
  for (const toml::node& node : array) {
    const auto text = node.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

// Nothing when the node is of another type than the setting.
std::optional<std::vector<std::string>> values_of(const toml::node& node, SettingKind kind) {
  if (kind == SettingKind::list) {
    return node.is_array() ? texts_of(*node.as_array()) : std::nullopt;
  }
  const bool takes_number = kind == SettingKind::number || kind == SettingKind::duration;
  if (const auto number = node.value_exact<std::int64_t>(); number && takes_number) {
    return std::vector{std::to_string(*number)};
  }
  const auto text = node.value_exact<std::string>();
  if (!text || kind == SettingKind::number) return std::nullopt;
  return std::vector{*text};
}

Result<GivenValue> read_setting(std::string_view key, const toml::node& node,
                                const std::filesystem::path& path) {
  const std::string source = fmt::format("{}:{}", path.string(), node.source().begin.line);
  const Setting* setting = find_setting(key);
  if (setting == nullptr) {
    return fail(ErrorKind::configuration, fmt::format("{}: unknown setting '{}'", source, key),
                "Known are: " + known_keys());
  }
  const auto values = values_of(node, setting->kind);
  if (!values) {
    return fail(ErrorKind::configuration,
                fmt::format("{}: {} must be {}", source, key, expected_type(setting->kind)));
  }
  GivenValue given{{}, fmt::format("{} ({})", source, key), GivenValue::From::file};
  for (const auto& value : *values) {
    given.values.push_back(resolved(*setting, value, path.parent_path()));
  }
  return given;
}

}  // namespace

Result<GivenValues> read_settings_file(const std::filesystem::path& path) {
  const auto content = read_file(path, kLargestFile);
  if (!content) {
    Error error = content.error().within("configuration");
    error.kind = ErrorKind::configuration;  // absent, denied, too large: a person must mend it
    return std::unexpected(std::move(error));
  }
  const toml::parse_result parsed = toml::parse(text_of(*content));
  if (!parsed) {
    return fail(ErrorKind::configuration,
                fmt::format("{}:{}: {}", path.string(), parsed.error().source().begin.line,
                            parsed.error().description()),
                "Mend the file; settings are lines such as: cluster = \"orders\"");
  }
  GivenValues values;
  for (const auto& [key, node] : parsed.table()) {
    auto value = TRY(read_setting(key.str(), node, path));
    values.emplace(std::string(key.str()), std::move(value));
  }
  return values;
}

}  // namespace walden
