// WAL files made by hand: a segment with a true header and pages that repeat, and its companions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace walden::testing {

struct SegmentSpec {
  std::uint64_t system_identifier = 7438201938475610283;
  std::uint32_t timeline = 1;
  std::uint64_t number = 1;  // position in the log / size
  std::uint32_t size = 16U << 20U;
  std::uint8_t fill = 0x5a;  // of the pages behind their headers
};

// "000000010000000000000001"
[[nodiscard]] std::string segment_file_name(const SegmentSpec& spec);
// PostgreSQL 15's page headers on every page; no records.
[[nodiscard]] std::string segment_content(const SegmentSpec& spec);

// Writes `directory`/<segment_file_name> and returns its path.
std::filesystem::path write_segment(const std::filesystem::path& directory,
                                    const SegmentSpec& spec);

// A global/pg_control below `pgdata` that says this system identifier, with a right CRC.
void write_control_file(const std::filesystem::path& pgdata, std::uint64_t system_identifier);

void write_text(const std::filesystem::path& path, std::string_view content);
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

}  // namespace walden::testing
