// When a worker leaves: it is never told to by PostgreSQL.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/bytes/file_identity.h"

namespace walden {

class Lifetime {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `data_directory`: the server's. `watched`: the program itself and the files that its answers
  // hang on (configuration, keys), whether they are there or not.
  Lifetime(std::filesystem::path data_directory, const std::vector<std::filesystem::path>& watched,
           std::chrono::seconds idle);

  // A watched file is another, or the data directory is gone or another: no further answer may be
  // given.
  [[nodiscard]] bool is_outdated() const;
  // Nobody has called for so long, or the server that ran at the start does not run any more.
  [[nodiscard]] bool is_over(Time last_call, Time now) const;

 private:
  struct Watched {
    std::filesystem::path path;
    std::optional<FileIdentity> identity;
  };

  std::filesystem::path data_directory_;
  std::optional<FileIdentity> directory_identity_;
  bool server_ran_;
  std::vector<Watched> watched_;
  std::chrono::seconds idle_;
};

}  // namespace walden
