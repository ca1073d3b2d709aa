// The earlier backup that a new one builds on: remembered on this host, and still in the store.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "basebackup/backup_recorder.h"
#include "basebackup/context.h"
#include "basebackup/server_facts.h"

namespace walden {

class EarlierBackup {
 public:
  // Finds it. What it cannot build on, for whatever reason, is said in one line, and the backup
  // will be full: nothing of this is an error but a store that cannot be asked.
  [[nodiscard]] static Result<EarlierBackup> find(Context& context, const ObjectNames& names,
                                                  const Sealing& sealing);
  // As if there were none; the new one is remembered all the same.
  [[nodiscard]] static EarlierBackup none(Context& context, const ObjectNames& names);

  [[nodiscard]] bool is_there() const { return memory_ != nullptr; }
  [[nodiscard]] const BackupSummary& summary() const { return memory_->summary(); }
  [[nodiscard]] const std::string& data_checksums() const { return memory_->data_checksums(); }
  [[nodiscard]] Earlier parts() { return {memory_.get(), memory_ ? packs_.get() : nullptr}; }
  [[nodiscard]] std::uint32_t last_pack_number() const;

  // Tells the server what it may leave out of an incremental backup on this connection.
  [[nodiscard]] Result<> upload(ReplicationConnection& connection, std::uint32_t block_size,
                                const std::atomic<bool>& cancel) const;

  // Is all that was referred to still there? Asked right before the manifest is written.
  [[nodiscard]] Result<> check_referred(Store& store, const ObjectNames& names) const;

  // For the next one. The backup is there: where this fails, that is said, and no more.
  void remember(const BackupSummary& summary, RecordedBackup& recorded, const Sealing& sealing,
                const std::string& data_checksums);

 private:
  std::filesystem::path path_;            // of the memory; empty: there is no place for one
  std::unique_ptr<BackupMemory> memory_;  // null: nothing to build on
  std::unique_ptr<EarlierPacks> packs_;
};

// Is the file too scattered for another layer of changed blocks? Then it is to be stored whole.
[[nodiscard]] bool is_scattered(const FileRecord& file, std::uint32_t block_size);

}  // namespace walden
