// Incidents remembered from round to round, in a file of JSON that is replaced as a whole.
#pragma once

#include <filesystem>
#include <optional>

#include "common/alert/incidents.h"
#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class IncidentFile {
 public:
  // Held by one round at a time: ErrorKind::transient when another has it. It is made beside
  // `path`, with ".lock" behind its name.
  [[nodiscard]] static Result<IncidentFile> open(const std::filesystem::path& path);

  // None where the file is not there. One that is damaged is ErrorKind::corrupt.
  [[nodiscard]] Result<Incidents> read() const;
  [[nodiscard]] Result<> write(const Incidents& incidents) const;

 private:
  IncidentFile(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace walden
