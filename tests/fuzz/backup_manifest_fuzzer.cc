// The server's own backup_manifest and tablespace_map: parsed when a backup is taken, changed when
// one is restored to other places.
//
// input: put the manifest's checksum right? | tablespace_map | manifest
#include <sstream>

#include "basebackup/moved_tablespaces.h"
#include "basebackup/server_manifest.h"
#include "common/bytes/sha256.h"
#include "common/postgres/backup_manifest.h"
#include "common/postgres/relative_path.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

std::string with_checksum(std::string text) {
  text = text.substr(0, text.rfind("\"Manifest-Checksum\""));
  if (!text.ends_with('\n')) text += '\n';
  const std::string digest = to_hex(Sha256::of(bytes_of(text)));
  return text + "\"Manifest-Checksum\": \"" + digest + "\"}\n";
}

void check(const BackupManifest& manifest) {
  must(manifest.version == 1 || manifest.version == 2, "only known versions are read");
  for (const auto& file : manifest.files) must(stays_below(file.path), "no file leads elsewhere");
  for (const auto& range : manifest.wal_ranges) {
    must(range.timeline != 0 && range.start <= range.end, "ranges go forward");
  }
}

// As a restore changes it, entry by entry.
std::string with_new_map(const std::string& manifest, const std::string& map) {
  std::string changed;
  std::istringstream lines(manifest);
  for (std::string line; std::getline(lines, line);) {
    if (path_of_entry(line) == "tablespace_map") line = entry_with_content(std::move(line), map);
    changed += line + "\n";
  }
  return with_checksum(std::move(changed));
}

void move_tablespaces(const std::string& map, const std::string& manifest) {
  must(moved_tablespace_map(map, {}) == map, "where nothing moves, nothing changes");
  const std::string moved = moved_tablespace_map(map, {{16384, "/new\nplace"}});
  must(moved_tablespace_map(moved, {{16384, "/new\nplace"}}) == moved, "moved once is moved");
  const bool was_good = parse_backup_manifest(manifest).has_value();
  const std::string changed = with_new_map(manifest, moved);
  if (!was_good || changed == manifest) return;
  const auto again = parse_backup_manifest(changed);
  if (!again) return;  // an entry that no server writes
  for (const auto& file : again->files) must(stays_below(file.path), "no file leads elsewhere");
}

void run(Input input) {
  const bool mend = input.byte() % 2 == 1;
  const std::string map = input.text();
  std::string text(text_of(input.rest()));
  if (mend) text = with_checksum(std::move(text));
  if (const auto manifest = parse_backup_manifest(text)) check(*manifest);
  move_tablespaces(map, text);
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
