#include "tests/support/server_user.h"

#include <pwd.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <system_error>

#include "tests/support/temporary_directory.h"

namespace walden::testing {
namespace {

struct User {
  uid_t uid;
  gid_t gid;
};

std::optional<User> server_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = ::getpwnam(name)) return User{entry->pw_uid, entry->pw_gid};
  }
  throw std::runtime_error("running as root, and there is neither a user postgres nor nobody");
}

Command through_setpriv(Command command, std::vector<std::string> options) {
  options.insert(options.begin(), "setpriv");
  options.emplace_back("--");
  command.argv.insert(command.argv.begin(), options.begin(), options.end());
  if (command.directory.empty()) command.directory = "/";
  // Where our own temporary files go another user may not be able to write.
  command.environment.try_emplace("TMPDIR", "/tmp");
  return command;
}

std::vector<std::string> identity_options(const User& user) {
  return {"--reuid=" + std::to_string(user.uid), "--regid=" + std::to_string(user.gid),
          "--clear-groups"};
}

// What programs remember of a test belongs to the test, not to the user's home.
void give_state_directory(Command& command) {
  static const TemporaryDirectory state;  // lives as long as the test program
  static const bool given = (give_to_server_user(state.path()), true);
  // Not WALDEN_STATE_DIRECTORY: what a test's own settings say goes before.
  if (given) command.environment.try_emplace("XDG_STATE_HOME", state.path());
}

}  // namespace

Command as_server_user(Command command) {
  give_state_directory(command);
  const auto user = server_user();
  if (!user) return command;
  return through_setpriv(std::move(command), identity_options(*user));
}

Command as_server_user_with_us(Command command, const std::string& signal) {
  const auto user = server_user();
  auto options = user ? identity_options(*user) : std::vector<std::string>{};
  options.push_back("--pdeathsig=" + signal);
  return through_setpriv(std::move(command), std::move(options));
}

void give_to_server_user(const std::filesystem::path& path) {
  const auto user = server_user();
  if (!user) return;
  if (::lchown(path.c_str(), user->uid, user->gid) != 0) {
    throw std::system_error(errno, std::generic_category(), "chown " + path.string());
  }
}

std::string program_for_server_user(const std::string& name) {
  const std::string built = program(name);
  const auto reachable = run(as_server_user({.argv = {"test", "-x", built}}));
  if (reachable.exit_code == 0) return built;
  static const TemporaryDirectory copies;  // lives as long as the test program
  std::filesystem::permissions(copies.path(), std::filesystem::perms{0755});
  // All of them: basebackup looks for wal-fetch beside itself.
  for (const char* each :
       {"wal-push", "wal-push-worker", "wal-fetch", "wal-fetch-worker", "basebackup"}) {
    if (std::filesystem::exists(copies / each)) continue;
    std::filesystem::copy_file(program(each), copies / each);
  }
  return copies / name;
}

}  // namespace walden::testing
