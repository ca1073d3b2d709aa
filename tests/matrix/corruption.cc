#include "tests/matrix/corruption.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

constexpr std::size_t kPage = 8192;

}  // namespace

std::string_view word(Corruption corruption) {
  constexpr std::array<std::string_view, 11> kWords{"FlippedBit",
                                                    "ZeroedPage",
                                                    "TruncatedTail",
                                                    "AppendedBytes",
                                                    "AnotherSegmentsObject",
                                                    "OlderVersion",
                                                    "AnotherClustersObject",
                                                    "EmptyObject",
                                                    "UnmountedDirectory",
                                                    "WrongPrefix",
                                                    "EmptiedBucket"};
  return kWords.at(static_cast<std::size_t>(corruption));
}

const std::vector<Corruption>& all_corruptions() {
  using enum Corruption;
  static const std::vector<Corruption> all{flipped_bit,
                                           zeroed_page,
                                           truncated_tail,
                                           appended_bytes,
                                           another_segments_object,
                                           older_version,
                                           another_clusters_object,
                                           empty_object,
                                           unmounted_directory,
                                           wrong_prefix,
                                           emptied_bucket};
  return all;
}

bool is_of_bytes(Corruption corruption) {
  using enum Corruption;
  return corruption == empty_object || corruption <= appended_bytes;
}

void harm_bytes(const std::filesystem::path& file, Corruption corruption) {
  std::string bytes = read_text(file);
  const std::size_t middle = bytes.size() / 2;
  switch (corruption) {
    case Corruption::flipped_bit:
      bytes[middle] = static_cast<char>(bytes[middle] ^ 0x10);
      break;
    case Corruption::zeroed_page: {
      // A history's object is smaller than a page.
      const std::size_t begin = bytes.size() > 2 * kPage ? middle / kPage * kPage : middle;
      std::ranges::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                          static_cast<std::ptrdiff_t>(std::min(kPage, bytes.size() - begin)), '\0');
      break;
    }
    case Corruption::truncated_tail:
      bytes.resize(bytes.size() - std::min(kPage, bytes.size() / 2));
      break;
    case Corruption::appended_bytes:
      bytes.append(16, '\0');
      break;
    case Corruption::empty_object:
      bytes.clear();
      break;
    default:
      throw std::logic_error("not done to bytes");
  }
  write_text(file, bytes);
}

}  // namespace walden::testing
