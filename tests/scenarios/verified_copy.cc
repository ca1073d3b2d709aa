#include "tests/scenarios/verified_copy.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <string>

#include "common/bytes/sha256.h"
#include "common/postgres/backup_manifest.h"
#include "common/postgres/crc32c.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

// As pg_verifybackup passes them over.
bool is_passed_over(const std::string& path) {
  constexpr std::array<std::string_view, 4> kOwn = {"backup_manifest", "postgresql.auto.conf",
                                                    "recovery.signal", "standby.signal"};
  return std::ranges::count(kOwn, path) > 0 || path.starts_with("pg_wal/");
}

std::string checksum_of(const std::string& algorithm, const std::string& content) {
  if (algorithm == "SHA256") return to_hex(Sha256::of(bytes_of(content)));
  const std::uint32_t crc = Crc32c::of(bytes_of(content));
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }
  return to_hex(bytes);
}

}  // namespace

void must_fit_server_manifest(const fs::path& pgdata) {
  const auto manifest = parse_backup_manifest(read_text(pgdata / "backup_manifest"));
  if (!manifest) throw std::runtime_error(manifest.error().cause);
  std::map<std::string, const BackupManifest::File*> listed;
  for (const auto& file : manifest->files) listed[file.path] = &file;
  const auto follow = fs::directory_options::follow_directory_symlink;
  for (const auto& entry : fs::recursive_directory_iterator(pgdata, follow)) {
    const std::string path = entry.path().lexically_relative(pgdata);
    if (!entry.is_regular_file() || is_passed_over(path)) continue;
    const auto found = listed.find(path);
    if (found == listed.end()) throw std::runtime_error(path + " is not in backup_manifest");
    const std::string content = read_text(entry.path());
    if (content.size() != found->second->size ||
        checksum_of(found->second->checksum_algorithm, content) != found->second->checksum) {
      throw std::runtime_error(path + " is not what backup_manifest says");
    }
    listed.erase(found);
  }
  std::erase_if(listed, [](const auto& file) { return is_passed_over(file.first); });
  if (!listed.empty()) {
    throw std::runtime_error(listed.begin()->first + " is in backup_manifest and not there");
  }
}

}  // namespace walden::testing
