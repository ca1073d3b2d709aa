#include "basebackup/recovery_settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "basebackup/rewrite_file.h"
#include "common/bytes/files.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::size_t kMaxAutoConf = std::size_t{16} << 20U;
constexpr const char* kAutoConf = "postgresql.auto.conf";

constexpr std::array<std::string_view, 5> kTargets = {"recovery_target", "recovery_target_name",
                                                      "recovery_target_time", "recovery_target_xid",
                                                      "recovery_target_lsn"};

constexpr std::array<std::string_view, 11> kStale = {"restore_command",
                                                     "recovery_end_command",
                                                     "archive_cleanup_command",
                                                     "recovery_target_action",
                                                     "recovery_target_inclusive",
                                                     "recovery_target_timeline",
                                                     "primary_conninfo",
                                                     "primary_slot_name",
                                                     "promote_trigger_file",
                                                     "recovery_min_apply_delay",
                                                     "standby_mode"};

bool is_stale(std::string_view name) {
  return std::ranges::count(kTargets, name) > 0 || std::ranges::count(kStale, name) > 0;
}

// The setting that a line gives, in lower case; empty for comments and blank lines.
std::string setting_of(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  std::string name;
  for (const char c : line.substr(begin)) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.') break;
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

// As ALTER SYSTEM does it: the file's reader takes backslashes for escapes.
std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) text.append(c == '\'' || c == '\\' ? 2 : 1, c);
  return text + "'";
}

std::string line(std::string_view name, std::string_view value) {
  return fmt::format("{} = {}\n", name, quoted(value));
}

struct TargetSetting {
  std::string_view name;
  std::string value;
};

TargetSetting target_setting(const RestoreTarget& target) {
  switch (target.kind) {
    case RestoreTarget::Kind::latest:
      return {};
    case RestoreTarget::Kind::immediate:
      return {"recovery_target", "immediate"};
    case RestoreTarget::Kind::time:
      return {"recovery_target_time", postgres_time(target.time)};
    case RestoreTarget::Kind::lsn:
      return {"recovery_target_lsn", target.lsn.to_text()};
    case RestoreTarget::Kind::xid:
      return {"recovery_target_xid", std::to_string(target.xid)};
    case RestoreTarget::Kind::name:
      return {"recovery_target_name", target.restore_point};
  }
  return {};
}

// Targets that postgresql.conf may still hold are emptied first: PostgreSQL refuses two, and counts
// an empty one that comes after ours as a second.
std::string target_lines(const RestoreTarget& target) {
  const TargetSetting wanted = target_setting(target);
  std::string text;
  for (const auto name : kTargets) {
    if (name != wanted.name) text += line(name, "");
  }
  if (wanted.name.empty()) return text;
  text += line(wanted.name, wanted.value);
  text += line("recovery_target_inclusive", target.exclusive ? "off" : "on");
  text += line("recovery_target_action", target.action);
  // Without it the server would shut down where it is asked to pause.
  if (target.action == "pause") text += line("hot_standby", "on");
  return text;
}

Result<> remove_if_there(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("remove", path.string(), errno);
  }
  return {};
}

Result<std::string> read_auto_conf(const std::filesystem::path& path) {
  std::error_code error;
  const bool is_there = std::filesystem::exists(path, error);
  // Taken for none, the source's own settings would be lost.
  if (error) return fail_errno("look at", path.string(), error.value());
  if (!is_there) return std::string();
  return std::string(text_of(TRY(read_file(path, kMaxAutoConf))));
}

}  // namespace

std::string without_recovery_settings(const std::string& auto_conf) {
  std::string kept;
  std::string_view rest = auto_conf;
  while (!rest.empty()) {
    const auto length = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (!is_stale(setting_of(rest.substr(0, length)))) kept += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  if (!kept.empty() && kept.back() != '\n') kept += '\n';
  return kept;
}

// The source's own commands are emptied: a copy must not clean up the source's archive.
std::string recovery_settings_text(const RecoverySettings& settings) {
  std::string text = fmt::format("# Written by Walden's basebackup restore, {} UTC, backup {}.\n",
                                 utc_time(settings.written), settings.backup_id);
  text += line("restore_command", settings.restore_command);
  text += line("recovery_target_timeline", settings.timeline);
  text += target_lines(settings.target);
  text += line("recovery_end_command", "");
  text += line("archive_cleanup_command", "");
  if (!settings.keep_archiving) {
    text +=
        "# This copy must not write into its source's archive. To archive again, remove this:\n";
    text += line("archive_mode", "off");
  }
  return text;
}

Result<> write_recovery_settings(const RecoverySettings& settings, const RestoredTree& tree,
                                 std::uint32_t data_directory_mode) {
  constexpr std::uint32_t kGroupMayRead = 0050;
  const std::uint32_t mode = (data_directory_mode & kGroupMayRead) != 0 ? 0640 : 0600;
  for (const char* left_over :
       {"recovery.signal", "standby.signal", "postmaster.pid", "postmaster.opts"}) {
    TRY(remove_if_there(tree.path_of(left_over)));
  }
  const auto path = tree.path_of(kAutoConf);
  const std::string before = TRY(read_auto_conf(path));
  TRY(rewrite_file(tree, kAutoConf, mode,
                   without_recovery_settings(before) + recovery_settings_text(settings)));
  return rewrite_file(tree, "recovery.signal", mode, "");
}

}  // namespace walden
