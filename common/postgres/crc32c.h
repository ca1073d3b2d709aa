// CRC-32C (Castagnoli), as PostgreSQL computes it over WAL records, pg_control and backed-up files.
#pragma once

#include <cstdint>

#include "common/bytes/bytes.h"

namespace walden {

class Crc32c {
 public:
  void update(ByteView bytes);
  [[nodiscard]] std::uint32_t value() const { return ~state_; }

  [[nodiscard]] static std::uint32_t of(ByteView bytes);

 private:
  std::uint32_t state_ = 0xFFFFFFFFU;
};

}  // namespace walden
