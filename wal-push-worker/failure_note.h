// The file that says since when segments cannot be stored.
#pragma once

#include <filesystem>
#include <optional>

#include "common/bytes/error.h"
#include "common/bytes/instant.h"

namespace walden {

struct FailureNote {
  std::optional<Instant> since;  // nothing: it is over, and that is still to be told
  Instant written;
};

// Nothing where there is none; one that cannot be read counts as one that was written now.
[[nodiscard]] std::optional<FailureNote> read_failure_note(const std::filesystem::path& path,
                                                           Instant now);
[[nodiscard]] Result<> write_failure_note(const std::filesystem::path& path,
                                          const FailureNote& note);

}  // namespace walden
