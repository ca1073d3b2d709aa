#include "basebackup/user_access.h"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace walden {
namespace {

constexpr int kMayNotAsk = 2;

// In a process of its own, where nothing but system calls is safe: threads may run in this one.
[[noreturn]] void ask_as(const HostUser& user, const std::vector<gid_t>& groups, const char* path,
                         int mode) {
  if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(user.group) != 0 ||
      ::setuid(user.user) != 0) {
    ::_exit(kMayNotAsk);
  }
  ::_exit(::access(path, mode) == 0 ? 0 : 1);
}

Result<bool> has_access(const HostUser& user, const std::vector<gid_t>& groups,
                        const AccessNeed& need) {
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start a process to look at", need.path.string(), errno);
  if (child == 0) ask_as(user, groups, need.path.c_str(), need.mode);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno("look at", need.path.string(), errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != kMayNotAsk) return WEXITSTATUS(status) == 0;
  return fail_errno("look as another user at", need.path.string(), EPERM);
}

}  // namespace

std::vector<gid_t> groups_of(const HostUser& user) {
  constexpr int kMany = 256;
  std::vector<gid_t> groups(kMany);
  int count = kMany;
  if (::getgrouplist(user.name.c_str(), user.group, groups.data(), &count) < 0) count = kMany;
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

Result<std::vector<AccessNeed>> lacking_access(const HostUser& user,
                                               const std::vector<AccessNeed>& needs) {
  std::vector<AccessNeed> lacking;
  const auto groups = groups_of(user);
  for (const auto& need : needs) {
    if (!TRY(has_access(user, groups, need))) lacking.push_back(need);
  }
  return lacking;
}

}  // namespace walden
