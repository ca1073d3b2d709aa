// Takes a base backup's stream apart and puts it away: tar members become runs in packs, with a
// record and a digest for each; the server's manifest is kept as a file and in memory for the
// cross-check.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "basebackup/pack_writer.h"
#include "common/postgres/base_backup_stream.h"
#include "common/postgres/tar_reader.h"

namespace walden {

class BackupRecorder final : public BaseBackupConsumer, private TarVisitor {
 public:
  // Called once the server has said where the backup begins: yields where its files go.
  using OpenPacks = std::function<Result<std::unique_ptr<PackWriter>>(const BackupStart&)>;
  using Advance = std::function<void(std::uint64_t bytes)>;  // of the stream, for progress

  using Waiting = std::function<void()>;  // for the server's archiver, from now on

  BackupRecorder(OpenPacks open_packs, Advance advance, Waiting waiting);

  struct Recorded {
    BackupStart start;
    std::vector<PackRecord> packs;
    std::vector<DirectoryRecord> directories;
    std::vector<FileRecord> files;
    std::string server_manifest;
    std::uint64_t database_size = 0;
  };
  // Once, after run_base_backup has returned success: commits the last pack.
  [[nodiscard]] Result<Recorded> finish();

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

  [[nodiscard]] Result<> keep_server_manifest();
  void account(const FileRecord& file);

  OpenPacks open_packs_;
  Advance advance_;
  Waiting waiting_;
  std::unique_ptr<PackWriter> packs_;
  std::unique_ptr<TarReader> tar_;
  Recorded recorded_;
  std::string prefix_;              // "pg_tblspc/OID/" within a tablespace's archive
  std::uint32_t tablespace_ = 0;    // its OID; 0 for the main data directory
  std::optional<FileRecord> file_;  // the one whose content is coming
  Sha256 digest_;
};

}  // namespace walden
