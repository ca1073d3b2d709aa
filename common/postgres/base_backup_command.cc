#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/postgres/base_backup_stream.h"

namespace walden {
namespace {

constexpr int kOptionsInParentheses = 150000;
constexpr int kListsInPlaceTablespaces = 160000;

// The replication grammar knows no E'': a doubled quote is all the escape there is.
std::string literal_of(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    literal.push_back(c);
    if (c == '\'') literal.push_back(c);
  }
  return literal + "'";
}

}  // namespace

std::string base_backup_command(int server_version, const BaseBackupOptions& options) {
  const bool modern = server_version >= kOptionsInParentheses;
  std::vector<std::string> words = {"LABEL " + literal_of(options.label), "PROGRESS"};
  if (modern) {
    words.emplace_back(options.fast_checkpoint ? "CHECKPOINT 'fast'" : "CHECKPOINT 'spread'");
  } else if (options.fast_checkpoint) {
    words.emplace_back("FAST");
  }
  if (!options.archive_deadline) words.emplace_back(modern ? "WAIT false" : "NOWAIT");
  if (options.max_rate_kb != 0) words.push_back(fmt::format("MAX_RATE {}", options.max_rate_kb));
  // Before 16 the server leaves out all of pg_tblspc when it sends a map, and with it the in-place
  // tablespaces, which are nowhere else. Without a map it sends them, and links for the others.
  if (server_version >= kListsInPlaceTablespaces) words.emplace_back("TABLESPACE_MAP");
  for (const char* word : {"MANIFEST 'yes'", "MANIFEST_CHECKSUMS 'CRC32C'"}) {
    words.emplace_back(word);
  }
  if (options.compressed) {
    words.emplace_back("COMPRESSION 'zstd'");
    words.emplace_back("COMPRESSION_DETAIL 'level=1'");
  }
  if (options.with_wal) words.emplace_back("WAL");
  if (options.incremental) words.emplace_back("INCREMENTAL");
  return modern ? fmt::format("BASE_BACKUP ({})", fmt::join(words, ", "))
                : fmt::format("BASE_BACKUP {}", fmt::join(words, " "));
}

}  // namespace walden
