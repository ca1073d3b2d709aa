#include "basebackup/earlier_backup.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/changed_blocks.h"
#include "common/postgres/upload_manifest.h"
#include "common/program/report.h"
#include "common/program/state_directory.h"

namespace walden {
namespace {

constexpr const char* kProgram = "basebackup";
constexpr std::uint64_t kRunsOfAnyFile = 64;
constexpr std::uint64_t kBlocksPerRun = 16;
constexpr std::uint64_t kMostRuns = 1'000'000;  // a line of the manifest is held in memory

std::filesystem::path path_of_memory(const Context& context, const ObjectNames& names) {
  const auto directory = state_directory(context.configuration);
  if (directory)
    return memory_path(*directory, names.system_identifier(), context.store->describe());
  say(kProgram, fmt::format("each backup will be full: {}", directory.error().cause));
  return {};
}

// Why a memory that is whole is of no use now; nothing when it is.
std::string unfit(const BackupMemory& memory, const ObjectNames& names, const Sealing& sealing) {
  const BackupSummary& summary = memory.summary();
  if (summary.cluster != names.cluster() ||
      summary.system_identifier != names.system_identifier()) {
    return "it is of another cluster";
  }
  if (memory.sealing() != sealing_word(sealing)) {
    return "recipients or signing key have changed since";
  }
  return {};
}

void say_full(const std::string& why) {
  say(kProgram, fmt::format("everything is stored: {}", why));
}

}  // namespace

bool is_scattered(const FileRecord& file, std::uint32_t block_size) {
  const std::uint64_t share = file.size / block_size / kBlocksPerRun;
  return file.runs.size() > std::clamp(share, kRunsOfAnyFile, kMostRuns);
}

EarlierBackup EarlierBackup::none(Context& context, const ObjectNames& names) {
  EarlierBackup earlier;
  earlier.path_ = path_of_memory(context, names);
  return earlier;
}

Result<EarlierBackup> EarlierBackup::find(Context& context, const ObjectNames& names,
                                          const Sealing& sealing) {
  EarlierBackup earlier = none(context, names);
  if (earlier.path_.empty()) return earlier;
  auto memory = BackupMemory::open(earlier.path_);
  if (!memory) {
    say_full(memory.error().kind == ErrorKind::absent
                 ? "this host remembers no earlier backup"
                 : fmt::format("what this host remembers of the last backup is of no use: {}",
                               memory.error().cause));
    return earlier;
  }
  if (const std::string why = unfit(**memory, names, sealing); !why.empty()) {
    say_full(fmt::format("what this host remembers of the last backup is of no use: {}", why));
    return earlier;
  }
  earlier.packs_ = std::make_unique<EarlierPacks>((*memory)->packs(), (*memory)->in_use());
  TRY(earlier.packs_->look(*context.store, names));
  if (earlier.packs_->any_usable()) {
    earlier.memory_ = std::move(*memory);
  } else {
    say_full(fmt::format("the packs of {} are not in the store any more", (*memory)->summary().id));
  }
  return earlier;
}

std::uint32_t EarlierBackup::last_pack_number() const {
  return memory_ ? packs_->last_number() : 0;
}

Result<> EarlierBackup::upload(ReplicationConnection& connection, std::uint32_t block_size,
                               const std::atomic<bool>& cancel) const {
  const BackupSummary& summary = memory_->summary();
  auto upload = TRY(ManifestUpload::begin(connection,
                                          {.system_identifier = summary.system_identifier,
                                           .timeline = summary.timeline,
                                           .start = summary.start,
                                           .stop = summary.stop},
                                          cancel));
  EntryReader files = memory_->files();
  while (const auto entry = TRY(files.next())) {
    const FileRecord& file = entry->file;
    if (!may_come_as_blocks(file.path) || is_scattered(file, block_size) ||
        !packs_->all_of(file.runs)) {
      continue;
    }
    TRY(upload.add(file.path, file.size));
  }
  return upload.finish();
}

Result<> EarlierBackup::check_referred(Store& store, const ObjectNames& names) const {
  return memory_ ? packs_->look_again(store, names) : Result<>();
}

void EarlierBackup::remember(const BackupSummary& summary, RecordedBackup& recorded,
                             const Sealing& sealing, const std::string& data_checksums) {
  if (path_.empty()) return;
  const auto written = write_backup_memory(
      path_, summary, {.sealing = sealing_word(sealing), .data_checksums = data_checksums},
      recorded.all_packs(), *recorded.files);
  if (written) return;
  say(kProgram, fmt::format("the next backup will be full, or build on an older one: {}",
                            written.error().cause));
}

}  // namespace walden
