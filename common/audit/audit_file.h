// <state directory>/audit.jsonl: the trails of one user on this host, a line for each entry.
// Another store begins another trail, further down in the same file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/audit/audit_entry.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

[[nodiscard]] std::filesystem::path audit_file_in(const std::filesystem::path& directory);

// Open for one more line, and locked against all others that want to add one.
class AuditFile {
 public:
  // Made with mode 0600 if it is not there; by root for the owner of the directory, who must be
  // able to go on with it. Waits a minute for the lock, then ErrorKind::transient. Anything but a
  // plain file with a single name is refused, because root may be led astray here.
  [[nodiscard]] static Result<AuditFile> open(const std::filesystem::path& directory);

  // Where the next line stands; `object` is its name in the store, or empty.
  [[nodiscard]] AuditPosition next(const std::string& store, const std::string& object) const;

  // Durable when it returns. A line that an earlier crash cut short stays, and is ended first.
  [[nodiscard]] Result<> append(const std::string& line);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  AuditFile(FileDescriptor fd, std::filesystem::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}
  [[nodiscard]] Result<> read_end();

  FileDescriptor fd_;
  std::filesystem::path path_;
  std::string last_line_;
  std::optional<AuditPosition> last_;  // nothing where the last line is no entry
  bool torn_ = false;                  // the last line has no newline
};

// The lines of a file that is not there are none. Waits until nobody adds one: what has an object
// in the store by then has its line.
[[nodiscard]] Result<std::vector<std::string>> read_audit_file(const std::filesystem::path& path);

}  // namespace walden
