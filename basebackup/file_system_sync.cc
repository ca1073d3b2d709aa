#include "basebackup/file_system_sync.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace walden {
namespace {

constexpr std::array<std::uint32_t, 4> kSound = {
    0x0000EF53,  // ext4
    0x58465342,  // XFS
    0x9123683E,  // Btrfs
    0x01021994,  // tmpfs
};

// From Linux 5.8 on.
bool kernel_reports_errors() {
  utsname names{};
  if (::uname(&names) != 0) return false;
  const std::string_view release = names.release;
  const char* const last = release.data() + release.size();
  int major = 0;
  int minor = 0;
  const auto [dot, no_major] = std::from_chars(release.data(), last, major);
  if (no_major != std::errc() || dot == last || *dot != '.') return false;
  const auto [end, no_minor] = std::from_chars(dot + 1, last, minor);
  return no_minor == std::errc() && (major > 5 || (major == 5 && minor >= 8));
}

}  // namespace

Result<> FileSystemSync::watch(const std::filesystem::path& directory) {
  FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat facts {};
  struct statfs kind {};
  if (!opened || ::fstat(opened.get(), &facts) != 0 || ::fstatfs(opened.get(), &kind) != 0) {
    return fail_errno("open", directory.string(), errno);
  }
  if (file_systems_.contains(facts.st_dev)) return {};
  if (file_systems_.empty() && !kernel_reports_errors()) sound_ = false;
  if (std::ranges::count(kSound, static_cast<std::uint32_t>(kind.f_type)) == 0) sound_ = false;
  file_systems_.emplace(facts.st_dev, Watched{directory, std::move(opened)});
  return {};
}

Result<> FileSystemSync::sync() const {
  for (const auto& [device, watched] : file_systems_) {
    if (::syncfs(watched.opened.get()) != 0) {
      return fail_errno("syncfs of the file system of", watched.directory.string(), errno);
    }
  }
  return {};
}

}  // namespace walden
