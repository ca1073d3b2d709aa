// Takes a base backup's stream apart and puts it away: tar members become runs in packs, with a
// note and digests for each, in temporary files. What this host remembers to be stored already is
// referred to; of files that come as changed blocks only, the rest is taken from where it lies.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "basebackup/backup_memory.h"
#include "basebackup/earlier_packs.h"
#include "basebackup/file_packer.h"
#include "basebackup/recorded_backup.h"
#include "common/postgres/crc32c.h"
#include "common/postgres/tar_reader.h"

namespace walden {

// What there is of earlier backups. Both null, or neither; they must outlive the recorder.
struct Earlier {
  BackupMemory* memory = nullptr;
  EarlierPacks* packs = nullptr;
};

class BackupRecorder final : public BaseBackupConsumer, private TarVisitor {
 public:
  // Called once the server has said where the backup begins: yields where its files go.
  using OpenPacks = std::function<Result<std::unique_ptr<PackWriter>>(const BackupStart&)>;
  using Advance = std::function<void(std::uint64_t bytes)>;  // of the stream, for progress

  using Waiting = std::function<void()>;  // for the server's archiver, from now on

  // `blocks`: the server's, where it sends incremental files.
  BackupRecorder(OpenPacks open_packs, Advance advance, Waiting waiting, Earlier earlier = {},
                 const std::optional<BlockLayout>& blocks = {});

  // Once, after run_base_backup has returned success: commits the last pack.
  [[nodiscard]] Result<RecordedBackup> finish();

  [[nodiscard]] bool has_started() const { return packs_ != nullptr; }

  [[nodiscard]] Result<> started(const BackupStart& start) override;
  [[nodiscard]] Result<> begin_archive(const BackupTablespace& tablespace) override;
  [[nodiscard]] Result<> archive_data(ByteView tar) override;
  [[nodiscard]] Result<> end_archive() override;
  [[nodiscard]] Result<> manifest_data(ByteView bytes) override;
  void waiting_for_archiver() override { waiting_(); }

 private:
  [[nodiscard]] Result<> begin_member(const TarMember& member) override;
  [[nodiscard]] Result<> content(ByteView bytes) override;
  [[nodiscard]] Result<> end_member() override;

  [[nodiscard]] Result<> begin_directory(const std::string& path, std::uint32_t mode);
  [[nodiscard]] Result<> begin_file(const TarMember& member, const std::string& path);
  [[nodiscard]] Result<> begin_incremental(std::uint64_t size);
  [[nodiscard]] Result<> end_content();
  [[nodiscard]] Result<> end_incremental();
  [[nodiscard]] Result<> begin_server_manifest();
  [[nodiscard]] Result<> note();
  void account(const FileRecord& file);
  void keep_identifier(ByteView control);

  OpenPacks open_packs_;
  Advance advance_;
  Waiting waiting_;
  Earlier earlier_;
  std::optional<BlockLayout> blocks_;
  MayRefer may_refer_;
  std::unique_ptr<PackWriter> packs_;
  std::unique_ptr<FilePacker> packer_;
  std::unique_ptr<TarReader> tar_;
  RecordedBackup recorded_;
  std::string prefix_;                 // "pg_tblspc/OID/" within a tablespace's archive
  std::uint32_t tablespace_ = 0;       // its OID; 0 for the main data directory
  std::optional<FileEntry> entry_;     // of the file whose content is coming
  std::unique_ptr<FileEntry> before_;  // what is remembered of it, or null
  std::unique_ptr<IncrementalFileReader> incremental_;  // where it comes as changed blocks
  std::optional<BufferSink> label_;                     // the backup_label of such a backup
  std::optional<Crc32c> crc_;
  Buffer identifier_;  // the first bytes of global/pg_control
  Buffer encoded_;
};

}  // namespace walden
