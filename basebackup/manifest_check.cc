#include "basebackup/manifest_check.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>

namespace walden {
namespace {

std::string difference(const BackupManifest::File& listed, const FileRecord& arrived) {
  if (listed.size != arrived.size) {
    return fmt::format("{} is {} bytes in the server's manifest, {} arrived", listed.path,
                       listed.size, arrived.size);
  }
  if (listed.checksum_algorithm != "SHA256" || listed.checksum != to_hex(arrived.digest.value)) {
    return fmt::format("{} does not have the checksum in the server's manifest", listed.path);
  }
  return {};
}

// Collects what differs without keeping a sentence for each of a million files.
struct Differences {
  std::uint64_t count = 0;
  std::string first;

  void add(std::string sentence) {
    if (count++ == 0) first = std::move(sentence);
  }
};

}  // namespace

Result<> check_against_server(const BackupManifest& server,
                              const std::vector<FileRecord>& arrived) {
  std::unordered_map<std::string_view, const FileRecord*> by_path;
  for (const auto& file : arrived) {
    if (file.path != "backup_manifest") by_path.emplace(file.path, &file);
  }
  Differences differences;
  for (const auto& listed : server.files) {
    const auto found = by_path.find(listed.path);
    if (found == by_path.end()) {
      differences.add(
          fmt::format("{} is in the server's manifest and did not arrive", listed.path));
      continue;
    }
    if (auto sentence = difference(listed, *found->second); !sentence.empty()) {
      differences.add(std::move(sentence));
    }
    by_path.erase(found);
  }
  for (const auto& [path, file] : by_path) {
    differences.add(fmt::format("{} arrived and is not in the server's manifest", path));
  }
  if (differences.count == 0) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("what arrived is not what the server sent: {} ({} files differ)",
                          differences.first, differences.count),
              "Take the backup again; if it comes back, look at the network and at this host's "
              "memory.");
}

}  // namespace walden
