// What a directory that is a store shows under final names, opened to the last byte.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/bytes/sha256.h"

namespace walden::testing {

// Each object's name and its plaintext's digest, of the store or of a folder in it. One that does
// not open fails the test: nothing half-written may ever be seen. What is not sealed to a key only.
[[nodiscard]] std::map<std::string, Digest> open_every_object(const std::filesystem::path& store,
                                                              const std::string& folder = {});

// Temporaries below `folder`.
[[nodiscard]] std::vector<std::filesystem::path> temporaries_in(
    const std::filesystem::path& folder);
// Makes them as old as if the crash had been an hour ago.
void age_temporaries_in(const std::filesystem::path& folder);

}  // namespace walden::testing
