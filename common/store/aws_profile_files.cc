#include "common/store/aws_profile_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::size_t kLargestFile = 256U << 10U;
constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = text[i] == '#' || text[i] == ';';
    if (starts && (i == 0 || kBlank.contains(text[i - 1]))) return text.substr(0, i);
  }
  return text;
}

// Without "\n" or "\r\n".
std::string_view take_line(std::string_view& content) {
  const auto end = std::min(content.find('\n'), content.size());
  std::string_view line = content.substr(0, end);
  content.remove_prefix(std::min(end + 1, content.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != name.back()) return name;
  if (name.front() != '"' && name.front() != '\'') return name;
  return name.substr(1, name.size() - 2);
}

// What is between the brackets of "[...]"; none when they do not match.
std::optional<std::string_view> section_name(std::string_view line) {
  const auto end = line.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  return trimmed(line.substr(1, end - 1));
}

// Of ~/.aws/config; empty for a section that is no profile.
std::string_view config_profile(std::string_view section) {
  constexpr std::string_view kProfile = "profile";
  if (section == "default") return section;
  if (!section.starts_with(kProfile)) return {};
  section.remove_prefix(kProfile.size());
  if (section.empty() || !kBlank.contains(section.front())) return {};
  return unquoted(trimmed(section));
}

std::string path_of(const AwsEnvironment& environment, const std::string& variable,
                    std::string_view name) {
  const std::string home = environment.variable("HOME");
  std::string path = environment.variable(variable);
  if (path.starts_with("~/") && !home.empty()) return home + path.substr(1);
  if (!path.empty() || home.empty()) return path;
  return fmt::format("{}/.aws/{}", home, name);
}

std::unexpected<Error> unreadable(const std::string& path, std::string_view why) {
  return fail(ErrorKind::configuration, fmt::format("cannot read {}: {}", path, why),
              "Check its owner and mode, and HOME, AWS_CONFIG_FILE and "
              "AWS_SHARED_CREDENTIALS_FILE, which say where it is");
}

// None when there is no such file.
Result<std::optional<Secret>> read_secret_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) return unreadable(path, std::strerror(errno));
  Secret content(kLargestFile + 1);
  const auto count = read_some(file.get(), content.writable(), path);
  if (!count) return unreadable(path, count.error().cause);
  if (*count > kLargestFile) return unreadable(path, "it is too large for a file of profiles");
  return Secret::copy_of(content.view().first(*count));
}

}  // namespace

std::string_view AwsProfile::value(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string_view() : found->second;
}

AwsProfilePaths aws_profile_paths(const AwsEnvironment& environment) {
  return {path_of(environment, "AWS_CONFIG_FILE", "config"),
          path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")};
}

Result<AwsProfileFiles> AwsProfileFiles::read(const AwsEnvironment& environment) {
  AwsProfileFiles files;
  const AwsProfilePaths paths = aws_profile_paths(environment);
  files.profiles_ = TRY(files.read_file(paths.config, Dialect::config));
  files.overlay(TRY(files.read_file(paths.credentials, Dialect::credentials)));
  return files;
}

Result<AwsProfileFiles::Profiles> AwsProfileFiles::read_file(const std::string& path,
                                                             Dialect dialect) {
  if (path.empty()) return Profiles();
  paths_.push_back(path);
  auto content = TRY(read_secret_file(path));
  if (!content) return Profiles();
  contents_.push_back(std::move(*content));
  return parse(text_of(contents_.back().view()), dialect, path);
}

Result<AwsProfileFiles::Profiles> AwsProfileFiles::parse(std::string_view content, Dialect dialect,
                                                         const std::string& path) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  Profiles profiles;
  AwsProfile ignored;
  AwsProfile* current = nullptr;
  std::optional<std::size_t> key_indent;  // of the section's latest key
  for (int number = 1; !content.empty(); ++number) {
    const std::string_view line = take_line(content);
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    const std::size_t indent = line.find_first_not_of(kBlank);
    if (key_indent && indent > *key_indent) continue;  // nested
    const auto refuse = [&](std::string_view why) {
      return fail(ErrorKind::configuration, fmt::format("{} line {}: {}", path, number, why),
                  "Its lines are [section] and key = value");
    };
    if (text.front() == '[') {
      const auto section = section_name(text);
      if (!section) return refuse("the section's name does not end");
      const std::string_view name =
          dialect == Dialect::config ? config_profile(*section) : *section;
      current = name.empty() ? &ignored : &profiles[std::string(name)];
      key_indent.reset();
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return refuse("there is no = in it");
    if (current == nullptr) return refuse("it belongs to no section");
    key_indent = indent;
    current->values_.insert_or_assign(lower_case(trimmed(text.substr(0, equals))),
                                      trimmed(without_comment(text.substr(equals + 1))));
  }
  return profiles;
}

void AwsProfileFiles::overlay(const Profiles& credentials) {
  constexpr std::array<std::string_view, 3> kKeys{"aws_access_key_id", "aws_secret_access_key",
                                                  "aws_session_token"};
  for (const auto& [name, profile] : credentials) {
    auto& values = profiles_[name].values_;
    // A session token of the first file would not fit the keys of the second.
    if (profile.has(kKeys.front())) {
      std::erase_if(values, [&](const auto& entry) {
        return std::ranges::find(kKeys, entry.first) != kKeys.end();
      });
    }
    for (const auto& [key, value] : profile.values_) values.insert_or_assign(key, value);
  }
}

const AwsProfile* AwsProfileFiles::find(std::string_view profile) const {
  const auto found = profiles_.find(profile);
  return found == profiles_.end() ? nullptr : &found->second;
}

Result<const AwsProfile*> AwsProfileFiles::get(std::string_view profile) const {
  if (const AwsProfile* found = find(profile)) return found;
  std::vector<std::string_view> known;
  for (const auto& [name, values] : profiles_) known.push_back(name);
  return fail(ErrorKind::configuration,
              fmt::format("there is no profile {} in {}", profile, where()),
              known.empty() ? "Neither file has any profile"
                            : fmt::format("Profiles are: {}", fmt::join(known, ", ")));
}

std::string AwsProfileFiles::where() const {
  return paths_.empty() ? "~/.aws" : fmt::format("{}", fmt::join(paths_, " and "));
}

ChosenProfile chosen_profile(const AwsEnvironment& environment) {
  if (!environment.profile.empty()) return {environment.profile, true};
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (std::string value = environment.variable(name); !value.empty()) {
      return {std::move(value), true};
    }
  }
  return {"default", false};
}

Result<const AwsProfile*> find_chosen_profile(const AwsProfileFiles& files,
                                              const AwsEnvironment& environment) {
  const ChosenProfile chosen = chosen_profile(environment);
  return chosen.named ? files.get(chosen.name) : files.find(chosen.name);
}

}  // namespace walden
