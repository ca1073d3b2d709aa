// Tar streams made by hand, in PostgreSQL's form, to be spoilt.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace walden::testing {

struct TarEntry {
  std::string path;
  char type = '0';
  std::string content{};
  std::string target{};
  std::uint32_t mode = 0600;
  std::uint64_t modified = 1'700'000'000;
};

inline void put(std::string& block, std::size_t offset, std::string_view text) {
  block.replace(offset, text.size(), text);
}

// The sum of all bytes, its own eight taken as blanks.
inline void put_checksum(std::string& block) {
  put(block, 148, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, fmt::format("{:06o} ", sum) + '\0');
}

inline std::string tar_header(const TarEntry& entry) {
  std::string block(512, '\0');
  put(block, 0, entry.path);
  put(block, 100, fmt::format("{:07o} ", entry.mode));
  put(block, 124, fmt::format("{:011o} ", entry.content.size()));
  put(block, 136, fmt::format("{:011o} ", entry.modified));
  block[156] = entry.type;
  put(block, 157, entry.target);
  put(block, 257, "ustar");
  put(block, 263, "00");
  put_checksum(block);
  return block;
}

inline std::string tar_member(const TarEntry& entry) {
  std::string member = tar_header(entry) + entry.content;
  member.resize((member.size() + 511) / 512 * 512, '\0');
  return member;
}

inline const std::string kTarEnd(1024, '\0');

}  // namespace walden::testing
