// CRC-32C (Castagnoli) as PostgreSQL computes it (port/pg_crc32c.h), over bytes in pieces.
#pragma once

#include <cstdint>

#include "common/bytes/bytes.h"

namespace walden {

class Crc32c {
 public:
  void update(ByteView bytes);
  [[nodiscard]] std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFFU;
};

}  // namespace walden
