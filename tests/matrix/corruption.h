// The corruption matrix: what can lie where a file of the archive should, or around it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace walden::testing {

enum class Corruption {
  flipped_bit,
  zeroed_page,
  truncated_tail,
  appended_bytes,
  another_segments_object,
  older_version,  // what the recycled file held before it became this segment
  another_clusters_object,
  empty_object,
  unmounted_directory,  // an empty mount point
  wrong_prefix,
  emptied_bucket,
};

[[nodiscard]] std::string_view word(Corruption corruption);

// Done to the bytes of a file as they are: flipped_bit to appended_bytes, empty_object.
[[nodiscard]] bool is_of_bytes(Corruption corruption);
void harm_bytes(const std::filesystem::path& file, Corruption corruption);

[[nodiscard]] const std::vector<Corruption>& all_corruptions();

}  // namespace walden::testing
