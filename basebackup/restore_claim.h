// The file that says "this directory is being restored into": created as the first entry of a
// directory and removed as the last, so that of two restores into the same directory one is refused
// before it can touch what the other wrote. It is locked while its restore runs and says of which
// backup the directory is to become a copy, so that one that was cut off can be gone on with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

inline constexpr const char* kRestoreClaim = ".walden-restore";

// What a directory is to become.
struct ClaimedFor {
  std::string backup;  // its id
  std::uint64_t system_identifier = 0;
  bool operator==(const ClaimedFor&) const = default;
};

class RestoreClaim {
 public:
  // Claims a directory that must hold nothing else. ErrorKind::exists when another run has claimed
  // it or it is no longer empty; nothing of ours is in it then. Durable.
  [[nodiscard]] static Result<RestoreClaim> take(const std::filesystem::path& directory,
                                                 const ClaimedFor& what);
  // Of a directory with anything in it, be it claimed already or not. ErrorKind::exists while
  // another restore runs there. Durable.
  [[nodiscard]] static Result<RestoreClaim> take_over(const std::filesystem::path& directory,
                                                      const ClaimedFor& what);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // Durable.
  [[nodiscard]] Result<> release();

 private:
  RestoreClaim(std::filesystem::path directory, FileDescriptor file)
      : directory_(std::move(directory)), file_(std::move(file)) {}
  [[nodiscard]] Result<> write(const ClaimedFor& what) const;

  std::filesystem::path directory_;
  FileDescriptor file_;  // locked
};

// The claim that lies in a directory: of a restore that runs there, or was cut off.
struct FoundClaim {
  bool running = false;
  std::optional<ClaimedFor> what;  // nothing: it cannot be read
};
[[nodiscard]] Result<std::optional<FoundClaim>> find_claim(const std::filesystem::path& directory);

// The refusal of a directory that somebody else got first.
[[nodiscard]] std::unexpected<Error> claimed_by_another(const std::filesystem::path& directory);

}  // namespace walden
