// An archive in memory whose segments hold transactions: one megabyte each, records as PostgreSQL
// 15 writes them.
#pragma once

#include <map>
#include <vector>

#include "basebackup/manifest.h"
#include "tests/archive/memory_archive.h"

namespace walden {

struct CommitAt {
  std::uint32_t xid = 0;
  Instant time;
};

[[nodiscard]] constexpr Instant minute(int minutes) {
  return {1'795'231'000'000'000 + std::int64_t{minutes} * 60 * 1'000'000};
}

class CommitArchive : public MemoryArchive {
 protected:
  // Segment n of timeline 1 with these transactions, then a switch to the next one.
  void archive_segment(std::uint64_t number, const std::vector<CommitAt>& commits);
  // Segment n with transaction 100 + n that ended n minutes after the hour.
  void archive_minute(std::uint64_t number);
  void lose_segment(std::uint64_t number);

  // From the first byte of `first` to the end of `last`, ended `stopped`.
  [[nodiscard]] static BackupSummary backup(const std::string& id, std::uint64_t first,
                                            std::uint64_t last, Instant stopped);
  // Where transaction `xid` ended, as the segments were made.
  [[nodiscard]] Lsn lsn_of(std::uint32_t xid) const { return lsns_.at(xid); }

 private:
  std::map<std::uint32_t, Lsn> lsns_;
};

}  // namespace walden
