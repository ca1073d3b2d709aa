// UPLOAD_MANIFEST (17+, replication/walsender.c): tells the server which files an earlier backup
// holds and where its WAL begins, so that BASE_BACKUP (INCREMENTAL) on the same connection sends
// only the blocks that have changed since.
//
// The manifest is made here from what the server needs of it: paths, sizes, one range of WAL. A
// file that is left out is sent whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "common/postgres/replication_connection.h"

namespace walden {

struct UploadedBackup {
  std::uint64_t system_identifier = 0;
  Timeline timeline = 0;
  Lsn start;
  Lsn stop;
};

class ManifestUpload {
 public:
  // `connection` must outlive it, and is of use for nothing else until finish().
  [[nodiscard]] static Result<ManifestUpload> begin(ReplicationConnection& connection,
                                                    const UploadedBackup& backup,
                                                    const std::atomic<bool>& cancel);
  ManifestUpload(ManifestUpload&&) noexcept;
  ManifestUpload& operator=(ManifestUpload&&) noexcept;
  ~ManifestUpload();

  [[nodiscard]] Result<> add(const std::string& path, std::uint64_t size);
  // After an error the connection is of no more use.
  [[nodiscard]] Result<> finish();

 private:
  struct State;
  explicit ManifestUpload(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace walden
