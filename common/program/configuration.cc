#include "common/program/configuration.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "common/bytes/key_file.h"
#include "common/program/settings.h"
#include "common/program/settings_environment.h"
#include "common/program/settings_file.h"
#include "common/store/aws_profile_files.h"

namespace walden {
namespace {

constexpr const char* kDefaultFile = "/etc/walden/walden.toml";

// What the command line says of one setting.
struct OptionValue {
  std::string text;
  std::vector<std::string> list;
  CLI::Option* option = nullptr;
};

Result<std::filesystem::path> working_directory() {
  std::error_code error;
  auto directory = std::filesystem::current_path(error);
  if (error) return fail_errno("find", "the current directory", error.value());
  return directory;
}

// The configuration file to read, if there is one to read; absolute.
Result<std::optional<std::filesystem::path>> choose_file(const std::string& option,
                                                         const std::filesystem::path& directory) {
  const std::string named = option.empty() ? config_variable() : option;
  if (!named.empty()) return (directory / named).lexically_normal();
  std::error_code unreadable;  // reading it then says why
  const auto status = std::filesystem::status(kDefaultFile, unreadable);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  return kDefaultFile;
}

void override_with(GivenValues& values, GivenValues stronger) {
  stronger.merge(values);
  values = std::move(stronger);
}

Result<> apply(const Setting& setting, const GivenValue& given, Configuration& configuration) {
  const auto applied = setting.apply(configuration, given.values);
  if (applied) return {};
  Error error = applied.error().within(given.source);
  error.kind =
      given.from == GivenValue::From::command_line ? ErrorKind::usage : ErrorKind::configuration;
  return std::unexpected(std::move(error));
}

Result<> check_complete(const Configuration& configuration) {
  const std::string file = configuration.file ? configuration.file->string()
                                              : fmt::format("{} (not there)", kDefaultFile);
  for (const auto& [key, value] :
       {std::pair("cluster", &configuration.cluster), std::pair("store", &configuration.store)}) {
    if (!value->empty()) continue;
    const Setting& setting = *find_setting(key);
    return fail(
        ErrorKind::configuration, fmt::format("no {} is configured", key),
        fmt::format("Set {} in {}, or {}, or {}.", key, file, setting.variable, setting.option));
  }
  if (configuration.store.find("://") != std::string::npos) return {};
  return fail(ErrorKind::configuration,
              fmt::format("the store '{}' is not a URL", configuration.store),
              "Write a directory as file:///var/backups/walden");
}

// The restored server runs wal-fetch where nobody can type a passphrase.
Result<> check_key_opens_unattended(const GivenValues& values) {
  const auto key_file = values.find("key_file");
  if (key_file == values.end() || values.contains("passphrase_file") ||
      key_file->second.values.front().empty()) {
    return {};
  }
  const auto nobody = [](const std::filesystem::path& path) -> Result<Secret> {
    return fail(ErrorKind::configuration,
                fmt::format("{} is locked, and the restored server cannot ask for its passphrase",
                            path.string()),
                "Put the passphrase into a file of mode 0600 and name it as passphrase_file.");
  };
  TRY(read_secret_key(key_file->second.values.front(), nobody));
  return {};
}

// Those that do not stand in the file, as options.
void append_arguments(const GivenValues& values, std::vector<std::string>& arguments) {
  for (const Setting& setting : settings()) {
    const auto given = values.find(setting.key);
    if (given == values.end() || given->second.from == GivenValue::From::file) continue;
    for (const auto& value : given->second.values) {
      arguments.emplace_back(setting.option);
      arguments.push_back(value);
    }
  }
}

// The store's endpoint may stand in a profile.
void append_aws_files(std::vector<std::filesystem::path>& files) {
  const AwsEnvironment environment = process_environment();
  const AwsProfilePaths profiles = aws_profile_paths(environment);
  for (const auto& path :
       {profiles.config, profiles.credentials, environment.variable("AWS_CA_BUNDLE")}) {
    if (!path.empty()) files.emplace_back(path);
  }
}

unsigned threads_of_host() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
}

}  // namespace

struct ConfigurationOptions::State {
  std::string config;
  std::map<std::string_view, OptionValue> options;

  void add_to(CLI::App& app, const Setting& setting);
  [[nodiscard]] GivenValues command_line(const std::filesystem::path& directory) const;

  struct Merged {
    GivenValues values;
    std::optional<std::filesystem::path> file;
  };
  [[nodiscard]] Result<Merged> merge() const;
};

void ConfigurationOptions::State::add_to(CLI::App& app, const Setting& setting) {
  OptionValue& value = options[setting.key];
  const std::string name(setting.option);
  const std::string help = fmt::format("{} [{}]", setting.help, setting.variable);
  if (setting.kind == SettingKind::list) {
    value.option = app.add_option(name, value.list, help)->allow_extra_args(false);
  } else {
    value.option = app.add_option(name, value.text, help);
  }
  value.option->group("Settings");
}

GivenValues ConfigurationOptions::State::command_line(
    const std::filesystem::path& directory) const {
  GivenValues values;
  for (const Setting& setting : settings()) {
    const OptionValue& value = options.at(setting.key);
    if (value.option->count() == 0) continue;
    GivenValue given{value.list, std::string(setting.option), GivenValue::From::command_line};
    if (setting.kind != SettingKind::list) {
      given.values = {resolved(setting, value.text, directory)};
    }
    values.emplace(setting.key, std::move(given));
  }
  return values;
}

Result<ConfigurationOptions::State::Merged> ConfigurationOptions::State::merge() const {
  const auto directory = TRY(working_directory());
  Merged merged;
  merged.file = TRY(choose_file(config, directory));
  if (merged.file) merged.values = TRY(read_settings_file(*merged.file));
  override_with(merged.values, TRY(read_settings_environment(directory)));
  override_with(merged.values, command_line(directory));
  return merged;
}

std::vector<std::filesystem::path> Configuration::files() const {
  std::vector<std::filesystem::path> files{file.value_or(kDefaultFile)};
  for (const auto* named : {&key_file, &passphrase_file, &signing_key_file, &s3_ca_file}) {
    if (!named->empty()) files.emplace_back(*named);
  }
  if (store.starts_with("s3://")) append_aws_files(files);
  return files;
}

ConfigurationOptions::ConfigurationOptions(CLI::App& app) : state_(new State) {
  app.add_option("--config", state_->config,
                 fmt::format("Configuration file, default {} [WALDEN_CONFIG]", kDefaultFile))
      ->group("Settings");
  for (const Setting& setting : settings()) state_->add_to(app, setting);
}

ConfigurationOptions::~ConfigurationOptions() = default;

Result<Configuration> ConfigurationOptions::load() const {
  const auto merged = TRY(state_->merge());
  Configuration configuration;
  configuration.file = merged.file;
  for (const auto& [key, given] : merged.values) {
    TRY(apply(*find_setting(key), given, configuration));
  }
  TRY(check_complete(configuration));
  if (configuration.threads == 0) configuration.threads = threads_of_host();
  return configuration;
}

Configuration ConfigurationOptions::load_without_file() const {
  Configuration configuration;
  const auto directory = working_directory();
  if (!directory) return configuration;
  auto values = read_settings_environment(*directory).value_or(GivenValues{});
  override_with(values, state_->command_line(*directory));
  for (const auto& [key, given] : values) (void)apply(*find_setting(key), given, configuration);
  return configuration;
}

Result<Configuration> load_again(const ConfigurationOptions& options, const Configuration& first) {
  Configuration again = TRY(options.load());
  if (again.files() == first.files()) return again;
  return fail(ErrorKind::transient, "the configuration has just been changed");
}

Result<std::vector<std::string>> ConfigurationOptions::arguments_for_restore_command() const {
  const auto merged = TRY(state_->merge());
  TRY(check_key_opens_unattended(merged.values));
  std::vector<std::string> arguments;
  if (merged.file) arguments = {"--config", merged.file->string()};
  append_arguments(merged.values, arguments);
  return arguments;
}

Result<std::vector<std::string>> ConfigurationOptions::arguments_given() const {
  const auto directory = TRY(working_directory());
  std::vector<std::string> arguments;
  if (!state_->config.empty()) {
    arguments = {"--config", (directory / state_->config).lexically_normal().string()};
  }
  append_arguments(state_->command_line(directory), arguments);
  return arguments;
}

Result<std::vector<std::string>> ConfigurationOptions::arguments_anywhere() const {
  const auto merged = TRY(state_->merge());
  std::vector<std::string> arguments;
  if (merged.file && *merged.file != kDefaultFile) {
    arguments = {"--config", merged.file->string()};
  }
  append_arguments(state_->command_line(TRY(working_directory())), arguments);
  return arguments;
}

}  // namespace walden
