// SHA-256 of frames in the order of their numbers, which several threads have in any order: whoever
// brings the one whose turn it is digests those behind it too that have come meanwhile. So
// digesting is the work of those who compress, and never of the one that reads.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "common/bytes/sha256.h"

namespace walden {

class DigestInOrder {
 public:
  // Each number once, from 0 on. `frame` must stay as it is until add() of this and of every lower
  // number has returned: by then it is digested.
  void add(std::uint32_t number, ByteView frame);

  // Once nobody adds any more.
  [[nodiscard]] Digest finish();

 private:
  std::mutex mutex_;  // guards what follows; the digest is the one's that set `busy_`
  std::map<std::uint32_t, ByteView> waiting_;
  std::uint32_t turn_ = 0;
  bool busy_ = false;
  Sha256 digest_;
};

}  // namespace walden
