#include "basebackup/verify_wal.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/in_parallel.h"
#include "basebackup/replay.h"
#include "basebackup/replay_refusals.h"

namespace walden {
namespace {

class Discard final : public ByteSink {
 public:
  [[nodiscard]] Result<> write(ByteView /*bytes*/) override { return {}; }
};

// The segments that are there, named; those of holes are left out.
std::vector<WalName> present_segments(const WalArchive::Coverage& coverage,
                                      const TimelineHistory& history, SegmentRange range,
                                      std::uint32_t segment_size) {
  std::vector<WalName> present;
  auto hole = coverage.holes.begin();
  for (auto number = range.first; number <= range.last; ++number.value) {
    const WalName name =
        segment_name(history.timeline_of(number, segment_size), number, segment_size);
    if (hole != coverage.holes.end() && name == hole->first) {
      number.value += hole->count - 1;
      ++hole;
      continue;
    }
    present.push_back(name);
  }
  return present;
}

// What the backup has in itself is among its files, which are verified as such.
void miss_own(const BackupSummary& backup, const WalName& name, const std::string& why,
              Verification& verification, const ObjectNames& names) {
  if (!backup.with_wal) return verification.found(names.wal(name), why);
  verification.remark(fmt::format(
      "Its WAL is in the backup, and the archive lacks some of it: only the moment at which it "
      "ended can\nbe restored from it ({}).",
      why));
}

}  // namespace

Result<> verify_wal_file(const WalVerification& what, const WalName& name,
                         Verification& verification) {
  if (what.cancel) return fail(ErrorKind::transient, "interrupted");
  what.telling(name);
  Discard sink;
  Opening opening = what.opening;
  opening.threads = 1;  // there is parallelism enough among the segments
  const auto fetched = what.archive.fetch(name, opening, sink);
  if (fetched || fetched.error().kind != ErrorKind::absent) verification.add_segment();
  if (fetched) return {};
  return verification.note(what.archive.names().wal(name), fetched.error());
}

Result<> verify_wal(const WalVerification& what, const BackupSummary& backup,
                    const TimelineHistory& history, Verification& verification) {
  const SegmentRange own = own_segments(backup);
  const std::uint32_t size = backup.segment_size;
  const auto coverage = TRY(what.archive.coverage(history, own.first, size));
  for (const auto& hole : coverage.holes) {
    if (TRY(segment_number(hole.last, size)) > own.last) {
      verification.found(what.archive.names().wal(hole.first), hole_text(hole));
    } else {
      miss_own(backup, hole.first, hole_text(hole), verification, what.archive.names());
    }
  }
  SegmentRange range = own;
  if (coverage.newest) range.last = TRY(segment_number(*coverage.newest, size));
  if (!coverage.newest || range.last < own.last) {
    const WalName needed = segment_name(backup.timeline, own.last, size);
    miss_own(backup, needed,
             backup.with_wal ? fmt::format("the archive ends before {}", needed.to_text())
                             : "the archive ends before it, and the backup cannot do without it",
             verification, what.archive.names());
  }
  if (!coverage.newest) return {};
  const auto present = present_segments(coverage, history, range, size);
  return in_parallel(what.threads, present.size(), [&](std::size_t i) {
    return verify_wal_file(what, present[i], verification);
  });
}

}  // namespace walden
