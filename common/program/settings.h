// The list of settings, one row each: what it is called in the file, in the environment and on the
// command line, and how its text becomes a value. docs/configuration.md is its page for people.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/program/configuration.h"

namespace walden {

enum class SettingKind { text, path, number, duration, list };

// What one place says about one setting.
struct GivenValue {
  enum class From { file, environment, command_line };

  std::vector<std::string> values;  // exactly one unless the setting is a list
  std::string source;               // for messages: "/etc/walden/walden.toml:3", "WALDEN_STORE"
  From from = From::file;
};

struct Setting {
  std::string_view key;       // in the file: "signing_key_file"
  std::string_view option;    // "--signing-key-file"
  std::string_view variable;  // "WALDEN_SIGNING_KEY_FILE"
  SettingKind kind;
  std::string_view help;
  // ErrorKind::configuration, without the source: who calls it knows that.
  Result<> (*apply)(Configuration& configuration, const std::vector<std::string>& values);
};

[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting* find_setting(std::string_view key);  // null when there is none

// Relative paths are made absolute against `base`, everything else is left alone.
[[nodiscard]] std::string resolved(const Setting& setting, const std::string& value,
                                   const std::filesystem::path& base);

}  // namespace walden
