#include "common/postgres/crc32c.h"

#include <array>
#include <bit>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // reflected

// Eight tables: "slicing by eight", eight bytes at a step.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * kPolynomial);
    tables[0][i] = value;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[slice - 1][i];
      tables[slice][i] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

void Crc32c::update(ByteView bytes) {
  std::uint32_t crc = state_;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t word = load_le<std::uint64_t>(bytes, 0) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][(word >> (8 * i)) & 0xFFU];
  }
  for (const std::uint8_t byte : bytes) crc = (crc >> 8U) ^ kTables[0][(crc ^ byte) & 0xFFU];
  state_ = crc;
}

}  // namespace walden
