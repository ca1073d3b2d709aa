#include "basebackup/wal_fetch_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include "basebackup/shell_word.h"

namespace walden {
namespace {

// Before 16 the expanded command is cut at MAXPGPATH without a word (xlogarchive.c).
constexpr std::size_t kMaxCommandBefore16 = 1023;
constexpr std::size_t kName = 24;
constexpr std::size_t kExpansion = kName + sizeof "pg_wal/RECOVERYHISTORY";

std::string without_placeholders(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '%' ? 2 : 1, c);
  return doubled;
}

// What recovery_settings.h writes for the end of the backup. Where the person has the server go on,
// it is another line, or none, and nothing of this holds any more.
constexpr const char* kAtItsEnd =
    "i=; grep -qs \"^recovery_target = .immediate\" postgresql.auto.conf && i=1";

std::string with_wal_of_backup(const std::string& command, const std::vector<WalName>& ends_with) {
  constexpr std::size_t kTimeline = 8;
  std::string may_be_missed = "1*.history";
  for (const auto& name : ends_with) {
    may_be_missed += "|1" + std::string(kTimeline, '?') + name.to_text().substr(kTimeline);
  }
  return fmt::format(
      "{}; test $i && [ %f \\< {} ] && test -e pg_wal/%f && exit 1; {}; r=$?; case ${{i}}%f in {}) "
      "exit $((r!=0));; esac; exit $r",
      kAtItsEnd, ends_with.front().to_text(), command, may_be_missed);
}

}  // namespace

Result<std::filesystem::path> find_wal_fetch() {
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail_errno("find this program in", "/proc/self/exe", error.value());
  auto wal_fetch = own.parent_path() / "wal-fetch";
  if (::access(wal_fetch.c_str(), X_OK) == 0) return wal_fetch;
  return fail(
      ErrorKind::configuration,
      fmt::format("there is no wal-fetch beside this program, in {}", own.parent_path().string()),
      "Nothing was changed. The restored server fetches its WAL with it: install both "
      "programs in one directory.");
}

Result<std::string> wal_fetch_command(const WalFetchCommand& wanted) {
  std::string command = shell_word(wanted.wal_fetch.string()) + shell_arguments(wanted.arguments);
  if (command.find_first_of("\n\r") != std::string::npos) {
    return fail(ErrorKind::configuration, "a setting for wal-fetch holds a line break",
                "postgresql.auto.conf cannot hold it: rename the file, or use a configuration "
                "file.");
  }
  command = without_placeholders(command) + " %f %p";
  std::size_t expansion = kExpansion;
  if (!wanted.ends_with.empty()) {
    command = with_wal_of_backup(command, wanted.ends_with);
    expansion += 3 * kName;
  }
  if (wanted.server_version < 160000 && command.size() + expansion > kMaxCommandBefore16) {
    return fail(ErrorKind::configuration,
                fmt::format("the restore_command has {} bytes, more than this server takes",
                            command.size()),
                "Put the settings into a file, and name it with --config.");
  }
  return command;
}

}  // namespace walden
