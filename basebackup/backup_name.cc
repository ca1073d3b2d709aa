#include "basebackup/backup_name.h"

#include <chrono>
#include <thread>

namespace walden {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr int kTries = 10;

Result<bool> is_taken(Store& store, const std::string& first_pack) {
  const auto found = store.stat(first_pack);
  if (found) return true;
  if (found.error().kind == ErrorKind::absent) return false;
  return std::unexpected(found.error());
}

void wait_for_the_next_second(Instant instant) {
  const auto left = kMicroseconds - instant.microseconds % kMicroseconds;
  std::this_thread::sleep_for(std::chrono::microseconds(left));
}

}  // namespace

Result<BackupName> name_backup(Store& store, const ObjectNames& names, const BackupStart& start,
                               std::uint32_t segment_size) {
  BackupName name;
  for (int tries = 0; tries < kTries; ++tries) {
    name.started = now();
    name.id = backup_id(name.started.microseconds / kMicroseconds, start.timeline, start.lsn,
                        segment_size);
    if (!TRY(is_taken(store, names.pack(name.id, 1)))) return name;
    wait_for_the_next_second(name.started);
  }
  return fail(ErrorKind::exists, "there is a backup of each of the last seconds: " + name.id,
              "Take the backup again, when the others that run now are done.");
}

}  // namespace walden
