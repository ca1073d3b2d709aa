// The server's own list of files against the bytes that arrived: see recorded_backup.h.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "basebackup/recorded_backup.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/backup_manifest.h"

namespace walden {
namespace {

std::unexpected<Error> differs(const std::string& sentence) {
  return fail(ErrorKind::corrupt,
              fmt::format("what arrived is not what the server sent: {}", sentence),
              "Take the backup again; if it comes back, look at the network and at this host's "
              "memory.");
}

// PostgreSQL prints the bytes of a CRC as they lie in memory.
std::string hex_of_crc(std::uint32_t crc) {
  Buffer bytes;
  append_le(bytes, crc);
  return to_hex(bytes);
}

Result<> compare(const BackupManifest::File& listed, const FileEntry& arrived) {
  if (listed.path != arrived.listed_path) {
    return differs(fmt::format("{} is in the server's manifest where {} arrived", listed.path,
                               arrived.listed_path));
  }
  if (listed.size != arrived.listed_size) {
    return differs(fmt::format("{} is {} bytes in the server's manifest, {} arrived", listed.path,
                               listed.size, arrived.listed_size));
  }
  if (listed.checksum_algorithm != "CRC32C" || listed.checksum != hex_of_crc(arrived.crc32c)) {
    return differs(
        fmt::format("{} does not have the checksum in the server's manifest", listed.path));
  }
  return {};
}

// 0: it does not tell.
Result<> check_identifier(std::string_view where, std::uint64_t told, std::uint64_t expected) {
  if (told == 0 || told == expected) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("the backup is of another cluster than the server said: {} has system "
                          "identifier {}, not {}",
                          where, told, expected),
              "Let --connection name one server, and take the backup again.");
}

// The next that the server should have listed.
Result<std::optional<FileEntry>> next_listed(EntryReader& arrived) {
  for (;;) {
    auto entry = TRY(arrived.next());
    if (!entry || entry->listed) return entry;
  }
}

}  // namespace

Result<> check_against_server(const RecordedBackup& recorded, std::uint64_t system_identifier) {
  TRY(check_identifier("global/pg_control", recorded.system_identifier, system_identifier));
  TRY(recorded.files->flush());
  TRY(recorded.server_manifest->flush());
  EntryReader arrived(recorded.files->fd(), 0, recorded.files->size());
  const auto check = [&](const BackupManifest::File& listed) -> Result<> {
    const auto entry = TRY(next_listed(arrived));
    if (entry) return compare(listed, *entry);
    return differs(fmt::format("{} is in the server's manifest and did not arrive", listed.path));
  };
  const auto manifest = TRY(read_backup_manifest(recorded.server_manifest->fd(),
                                                 recorded.server_manifest->size(), check));
  TRY(check_identifier("the server's manifest", manifest.system_identifier, system_identifier));
  const auto surplus = TRY(next_listed(arrived));
  if (!surplus) return {};
  return differs(
      fmt::format("{} arrived and is not in the server's manifest", surplus->listed_path));
}

}  // namespace walden
