#include "common/postgres/crc32c.h"

#include <array>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // reflected
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

// tables[k][b]: what byte b contributes when k more bytes follow it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t eight_bytes(std::uint32_t crc, ByteView bytes) {
  std::uint64_t word = load_le<std::uint64_t>(bytes, 0) ^ crc;
  std::uint32_t result = 0;
  for (std::size_t slice = kSlices; slice-- > 0; word >>= 8U) {
    result ^= kTables[slice][word & 0xFFU];
  }
  return result;
}

std::uint32_t by_tables(std::uint32_t crc, ByteView bytes) {
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) crc = eight_bytes(crc, bytes);
  for (const std::uint8_t byte : bytes) crc = (crc >> 8U) ^ kTables[0][(crc ^ byte) & 0xFFU];
  return crc;
}

#ifdef __x86_64__
// Several times as fast, and on every processor of the last fifteen years.
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, ByteView bytes) {
  std::uint64_t state = crc;
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    state = __builtin_ia32_crc32di(state, load_le<std::uint64_t>(bytes, 0));
  }
  return by_tables(static_cast<std::uint32_t>(state), bytes);
}
const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

void Crc32c::update(ByteView bytes) {
#ifdef __x86_64__
  if (kHasInstruction) {
    state_ = by_instruction(state_, bytes);
    return;
  }
#endif
  state_ = by_tables(state_, bytes);
}

std::uint32_t Crc32c::of(ByteView bytes) {
  Crc32c crc;
  crc.update(bytes);
  return crc.value();
}

}  // namespace walden
