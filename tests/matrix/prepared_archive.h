// An archive to recover from, with a backup restored from it: segments of 1 MB, rows with numbers
// from 1 on, and a promotion in the middle.
//
//   timeline 1   backup (over several segments) | rows |
//   timeline 2                                         | rows | the target's time | rows
//
// Made once for each server version and kept in the build directory, until one of Walden's programs
// is another.
#pragma once

#include <filesystem>
#include <string>

namespace walden::testing {

struct PreparedArchive {
  std::filesystem::path store;   // the folder of an archive in a directory; only read from
  std::filesystem::path pgdata;  // restored, never started, without settings of its recovery
  std::string server_version;    // "15", "18"

  // Segments in the order in which recovery comes to them.
  std::string before_consistency;  // not the first
  std::string in_the_middle;       // of timeline 1, far behind the backup
  std::string target_segment;      // of timeline 2: holds the last commit before the target's time
  std::string last_segment;        // of timeline 2
  std::string history = "00000002.history";

  std::string target_time;
  int rows_at_target = 0;
  int rows = 0;
};

[[nodiscard]] const PreparedArchive& prepared_archive();  // of this test's server; throws

}  // namespace walden::testing
