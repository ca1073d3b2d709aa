// The directories and links of a restore, and everything that it made: to make durable in the end,
// or to take away again when it fails.
//
// Over an old copy, or what an earlier restore has left, what is there is taken over.
#pragma once

#include <atomic>
#include <vector>

#include "basebackup/file_system_sync.h"
#include "basebackup/manifest_reader.h"
#include "basebackup/restore_claim.h"
#include "basebackup/restore_place.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

// A server does not start without it: it is written last of all and removed first, so that a
// restore that was cut off cannot be taken for a database.
inline constexpr const char* kControlFilePath = "global/pg_control";

class RestoredTree {
 public:
  explicit RestoredTree(const RestorePlace& place) : place_(place) {}

  // Claims the data directory, the tablespaces' folders and where a linked pg_wal leads, which are
  // made where they are not there. ErrorKind::exists when another restore was quicker; what it made
  // is left alone by remove(). From a directory that had something in it, no server starts any
  // more.
  [[nodiscard]] Result<> claim(const BackupSummary& backup);
  // The directories with their modes, and the links to tablespaces. What is there already stays.
  [[nodiscard]] Result<> make_directories(const ManifestFile& manifest);

  // Where a file of the backup goes.
  [[nodiscard]] std::filesystem::path path_of(const std::string& path) const {
    return place_.pgdata / path;
  }
  // A new file at its place, owned as it must be, for reading and writing. ErrorKind::local_io when
  // it is there already.
  [[nodiscard]] Result<FileDescriptor> create_file(const std::string& path) const;
  // Mode and owner of a file that was made otherwise.
  [[nodiscard]] Result<> give(int fd, std::uint32_t mode, const std::filesystem::path& path) const;
  // A file whose content is there: mode, owner, time.
  [[nodiscard]] Result<> complete(int fd, const FileRecord& file) const;

  // Makes everything durable that was written: the files of the manifest but pg_control, the
  // directories, and the entries of those that hold the topmost ones. In parallel where each has to
  // be done by itself.
  [[nodiscard]] Result<> sync_files(const ManifestFile& manifest, unsigned threads,
                                    const std::atomic<bool>& cancel) const;
  [[nodiscard]] Result<> sync_directories() const;

  // Gives up the claims, durably: the last step of a restore that succeeded.
  [[nodiscard]] Result<> release();

  // Whether anything of ours is there.
  [[nodiscard]] bool made_anything() const { return !claims_.empty(); }
  // Whether remove() would take away all that is there: not where there was something before.
  [[nodiscard]] bool may_be_removed() const;
  // What stays behind incomplete is no database: without pg_control, durably.
  [[nodiscard]] Result<> disarm() const;
  // Takes away all that was made, down to the empty directories that were there before.
  [[nodiscard]] Result<> remove();

 private:
  struct Top {
    std::filesystem::path path;
    bool exists = false;
    bool over_old = false;
  };
  [[nodiscard]] Result<> claim_top(const Top& top, const ClaimedFor& what);
  [[nodiscard]] Result<> make(const std::filesystem::path& path, std::uint32_t mode);
  [[nodiscard]] Result<> give_directory(const std::filesystem::path& path,
                                        std::uint32_t mode) const;
  [[nodiscard]] Result<> link_tablespaces();
  [[nodiscard]] bool is_claimed(const std::filesystem::path& path) const;

  const RestorePlace& place_;
  std::vector<RestoreClaim> claims_;                // the data directory's first
  std::vector<std::filesystem::path> directories_;  // all that are the backup's
  FileSystemSync file_systems_;
};

}  // namespace walden
