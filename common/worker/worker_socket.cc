#include "common/worker/worker_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace walden {
namespace {

constexpr int kWaitingCallers = 64;

Result<> make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno("create", directory, errno);
  }
  if (is_private_directory(directory)) return {};
  return fail(ErrorKind::denied,
              fmt::format("{} is not a directory that only this user may enter", directory),
              "Remove it, or name another in WALDEN_WORKER_DIRECTORY");
}

// A worker that leaves removes its lock: one that was opened just before is nobody's any more.
bool is_still_at(int fd, const std::string& path) {
  struct stat opened {};
  struct stat there {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &there) == 0 &&
         opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

Result<FileDescriptor> take_lock(const std::string& path) {
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno("create", path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && is_still_at(lock.get(), path)) return lock;
  return fail(ErrorKind::exists, fmt::format("another worker holds {}", path));
}

Result<FileDescriptor> listen_at(const std::string& path) {
  FileDescriptor listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return fail_errno("make a socket for", path, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());  // under the lock: it is a dead worker's
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), kWaitingCallers) != 0) {
    return fail_errno("listen at", path, errno);
  }
  return listener;
}

bool is_own(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Result<WorkerSocket> WorkerSocket::listen(const WorkerAddress& address) {
  TRY(make_directory(address.directory));
  FileDescriptor lock = TRY(take_lock(address.lock));
  FileDescriptor listener = TRY(listen_at(address.socket));
  return WorkerSocket(address, std::move(lock), std::move(listener));
}

WorkerSocket::~WorkerSocket() {
  // Somebody may have cleaned up /tmp, and another worker may listen here since.
  if (!lock_ || !is_still_at(lock_.get(), address_.lock)) return;
  ::unlink(address_.socket.c_str());
  ::unlink(address_.lock.c_str());
}

FileDescriptor WorkerSocket::accept() const {
  FileDescriptor caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!caller || !is_own(caller.get())) return {};
  return caller;
}

}  // namespace walden
