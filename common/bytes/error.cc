#include "common/bytes/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace walden {
namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::denied;
    default:
      return ErrorKind::local_io;
  }
}

std::string remedy_for(int error_number, std::string_view path) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return fmt::format("Check the owner and mode of it and its directories: namei -l {}", path);
    case ENOENT:
    case ENOTDIR:
      return fmt::format("Is the name right? How far it leads: namei -l {}", path);
    case EROFS:
      return fmt::format("The file system is read-only; see: findmnt -T {}", path);
    case ENOSPC:
    case EDQUOT:
      return fmt::format("Free space on its file system; see: df -h {}", path);
    default:
      return {};
  }
}

}  // namespace

Error Error::within(std::string_view context) const {
  return {kind, fmt::format("{}: {}", context, cause), remedy};
}

std::unexpected<Error> fail(ErrorKind kind, std::string cause, std::string remedy) {
  return std::unexpected(Error{kind, std::move(cause), std::move(remedy)});
}

std::unexpected<Error> fail_errno(std::string_view doing, std::string_view path, int error_number) {
  return fail(kind_of(error_number),
              fmt::format("cannot {} {}: {}", doing, path, std::strerror(error_number)),
              remedy_for(error_number, path));
}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::configuration:
      return "configuration";
    case ErrorKind::absent:
      return "absent";
    case ErrorKind::exists:
      return "exists";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::local_io:
      return "local_io";
  }
  return "unknown";
}

}  // namespace walden
