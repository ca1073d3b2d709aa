#include "tests/matrix/private_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "common/bytes/file_descriptor.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

void cover(const fs::path& file, const fs::path& by) {
  if (::mount(by.c_str(), file.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    give_up("mount over " + file.string());
  }
}

// Into the file that is mounted: another one by the same name would not be seen.
void rewrite(const fs::path& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) give_up("write " + path.string());
}

const std::string kLocal = "127.0.0.1 localhost\n";

}  // namespace

std::optional<std::string> private_mounts_are_missing() {
  static const std::optional<std::string> reason = []() -> std::optional<std::string> {
    if (::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) {
      return std::nullopt;
    }
    return fmt::format("no mounts of our own: {} (as root they can be had)", std::strerror(errno));
  }();
  return reason;
}

PrivateHosts::PrivateHosts() {
  fs::permissions(folder_.path(), fs::perms{0755});
  forget_all();
  // Nobody listens there: what the file does not know is not known, and that at once.
  rewrite(folder_ / "resolv.conf", "nameserver 127.0.0.1\n");
  cover("/etc/hosts", folder_ / "hosts");
  cover("/etc/resolv.conf", folder_ / "resolv.conf");
}

PrivateHosts::~PrivateHosts() {
  ::umount2("/etc/hosts", MNT_DETACH);
  ::umount2("/etc/resolv.conf", MNT_DETACH);
}

void PrivateHosts::know(const std::string& name) const {
  rewrite(folder_ / "hosts", kLocal + "127.0.0.1 " + name + "\n");
}

void PrivateHosts::forget_all() const {
  rewrite(folder_ / "hosts", kLocal);
}

SmallDisk::SmallDisk(fs::path directory, int megabytes) : directory_(std::move(directory)) {
  const std::string options = fmt::format("size={}m,mode=0700", megabytes);
  if (::mount("small", directory_.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    give_up("mount a small disk");
  }
}

SmallDisk::~SmallDisk() {
  ::umount2(directory_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  const FileDescriptor file(
      ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) give_up("fill " + directory_.string());
  for (std::size_t size = 1U << 20U; size > 0; size /= 2) {
    const std::vector<char> zeros(size);
    while (::write(file.get(), zeros.data(), size) > 0) {
    }
  }
}

void SmallDisk::free() const {
  fs::remove(ballast());
}

}  // namespace walden::testing
