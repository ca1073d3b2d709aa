// The messages in BASE_BACKUP's one COPY from PostgreSQL 15 on (backup/basebackup_copy.c):
//
//   n  an archive begins: its name NUL, the tablespace's location NUL
//   m  the backup manifest begins
//   d  bytes of what was begun last
//   p  bytes done so far, 8 bytes big-endian
#pragma once

#include <memory>
#include <vector>

#include "common/bytes/zstd_decoder.h"
#include "common/postgres/base_backup_stream.h"

namespace walden {

class BackupMessages {
 public:
  // `tablespaces` and `consumer` must outlive it. The archives must come in the order of
  // `tablespaces`, each of them, and then the manifest: another order is corrupt. `compressed`: as
  // one zstd stream each.
  BackupMessages(const std::vector<BackupTablespace>& tablespaces, BaseBackupConsumer& consumer,
                 bool compressed = false)
      : tablespaces_(tablespaces), consumer_(consumer), tar_(consumer), compressed_(compressed) {}

  [[nodiscard]] Result<> take(ByteView message);
  [[nodiscard]] Result<> finish() const;  // all was there
  // The last archive is whole, its end marker included, and nothing has come after it.
  [[nodiscard]] bool archives_ended() const { return end_reported_; }

 private:
  enum class Part { nothing, archive, manifest };
  struct TarSink final : ByteSink {
    explicit TarSink(BaseBackupConsumer& to) : consumer(to) {}
    [[nodiscard]] Result<> write(ByteView tar) override { return consumer.archive_data(tar); }
    BaseBackupConsumer& consumer;
  };

  [[nodiscard]] Result<> begin_archive(ByteView body);
  [[nodiscard]] Result<> begin_manifest(ByteView body);
  [[nodiscard]] Result<> take_data(ByteView body);
  [[nodiscard]] Result<> take_progress(ByteView body);
  [[nodiscard]] Result<> take_archive(ByteView body);
  [[nodiscard]] Result<> end_archive();
  [[nodiscard]] std::string name_of(const BackupTablespace& tablespace) const;
  void look_for_end(ByteView body);

  const std::vector<BackupTablespace>& tablespaces_;
  BaseBackupConsumer& consumer_;
  TarSink tar_;
  bool compressed_;
  std::unique_ptr<ZstdDecoder> decoder_;  // of the archive begun last, if they are compressed
  Part part_ = Part::nothing;
  std::size_t archives_ = 0;   // begun so far
  bool end_marker_ = false;    // the last piece of the last archive looks like a tar's end
  bool end_reported_ = false;  // and the server has reported its progress since
};

}  // namespace walden
