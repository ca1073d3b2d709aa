#include "common/bytes/file_descriptor.h"

#include <unistd.h>

#include <cerrno>

namespace walden {

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

int FileDescriptor::close() {
  return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno;
}

}  // namespace walden
