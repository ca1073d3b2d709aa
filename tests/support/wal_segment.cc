#include "tests/support/wal_segment.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace walden::testing {
namespace {

constexpr std::uint32_t kPageSize = 8192;
constexpr std::uint16_t kMagicOf15 = 0xD110;
constexpr std::uint16_t kLongHeader = 2;
// ControlFileData of 13 to 16 (pg_control_version 1300): the CRC lies behind 288 bytes.
constexpr std::size_t kCrcOffset = 288;

template <class T>
void put(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

}  // namespace

std::string segment_file_name(const SegmentSpec& spec) {
  const std::uint64_t per_log = (std::uint64_t{1} << 32U) / spec.size;
  return fmt::format("{:08X}{:08X}{:08X}", spec.timeline, spec.number / per_log,
                     spec.number % per_log);
}

std::string segment_content(const SegmentSpec& spec) {
  std::string bytes(spec.size, static_cast<char>(spec.fill));
  for (std::uint32_t page = 0; page < spec.size; page += kPageSize) {
    std::memset(bytes.data() + page, 0, page == 0 ? 40 : 24);
    put(bytes, page, kMagicOf15);
    put(bytes, page + 4, spec.timeline);
    put(bytes, page + 8, spec.number * spec.size + page);
  }
  put(bytes, 2, kLongHeader);
  put(bytes, 24, spec.system_identifier);
  put(bytes, 32, spec.size);
  put(bytes, 36, kPageSize);
  return bytes;
}

std::filesystem::path write_segment(const std::filesystem::path& directory,
                                    const SegmentSpec& spec) {
  std::filesystem::path path = directory / segment_file_name(spec);
  write_text(path, segment_content(spec));
  return path;
}

void write_control_file(const std::filesystem::path& pgdata, std::uint64_t system_identifier) {
  std::string bytes(kPageSize, '\0');
  put(bytes, 0, system_identifier);
  put(bytes, 8, std::uint32_t{1300});
  put(bytes, 12, std::uint32_t{202209061});
  put(bytes, kCrcOffset, crc32c(std::string_view(bytes).substr(0, kCrcOffset)));
  write_text(pgdata / "global" / "pg_control", bytes);
}

void write_text(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.native());
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.native());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace walden::testing
