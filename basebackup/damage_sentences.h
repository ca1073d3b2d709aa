// What the server said of damaged pages, in a size that a manifest's first frame can always hold.
#pragma once

#include <string>
#include <vector>

namespace walden {

inline constexpr std::size_t kMaxDamageSentences = 20;
inline constexpr std::size_t kMaxDamageSentence = 300;  // bytes

// The first ones, each cut between two characters, and "and N more" for those left out.
[[nodiscard]] std::vector<std::string> bounded_damage(const std::vector<std::string>& sentences);

}  // namespace walden
