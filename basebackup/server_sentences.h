// What the server said during a backup, of damaged pages and other things, in a size that a
// manifest's first frame can always hold.
#pragma once

#include <string>
#include <vector>

namespace walden {

inline constexpr std::size_t kMaxServerSentences = 20;
inline constexpr std::size_t kMaxServerSentence = 300;  // bytes

// The first ones, each cut between two characters, and "and N more" for those left out.
[[nodiscard]] std::vector<std::string> bounded_sentences(const std::vector<std::string>& sentences);

}  // namespace walden
