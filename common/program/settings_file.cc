#include "common/program/settings_file.h"

#include <fmt/format.h>

#include "common/bytes/files.h"
#include "common/program/policy.h"
#include "common/program/toml.h"

namespace walden {
namespace {

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
  const toml::table table = TRY(read_toml(path));
  GivenValues values;
  for (const auto& [key, node] : table) {
    if (is_policy_key(key.str())) continue;  // read_policy holds it to its own rules
    auto value = TRY(read_setting(key.str(), node, path));
    values.emplace(std::string(key.str()), std::move(value));
  }
  return values;
}

}  // namespace walden
