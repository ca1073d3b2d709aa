// Right checksums in whatever looks like a tar header, so that inputs get past them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "common/postgres/tar_header.h"

namespace walden::testing {

inline void mend_tar_sums(std::span<std::uint8_t> tar) {
  constexpr std::size_t kSum = 148;
  constexpr std::size_t kSumSize = 8;
  constexpr std::size_t kMagic = 257;
  for (; tar.size() >= kTarBlock; tar = tar.subspan(kTarBlock)) {
    const auto block = tar.first(kTarBlock);
    if (!text_of(block.subspan(kMagic)).starts_with("ustar")) continue;
    const auto sum = block.subspan(kSum, kSumSize);
    std::ranges::fill(sum, std::uint8_t{' '});
    const std::string text =
        fmt::format("{:06o}", std::accumulate(block.begin(), block.end(), 0U)) + '\0';
    std::ranges::copy(text, sum.begin());
  }
}

}  // namespace walden::testing
