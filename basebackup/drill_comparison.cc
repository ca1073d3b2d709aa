#include "basebackup/drill_comparison.h"

#include <fmt/format.h>

#include "common/program/human.h"

namespace walden {
namespace {

constexpr const char* kName = "recovery";
constexpr const char* kRemedy =
    "see the server's log with --keep-copy, and take a new backup: basebackup push";

}  // namespace

std::vector<Fact> compare_with_plan(const RestorePlan& plan, const std::string& replayed_to) {
  if (plan.target.kind != RestoreTarget::Kind::latest) return {};
  const Replay& replay = plan.replay;
  const auto replayed = Lsn::parse(replayed_to);
  const Lsn last = start_of(replay.needed.last, replay.from.backup.segment_size);
  if (!replayed || *replayed < last) {
    return {failing(kName,
                    fmt::format("replay ended at {}, and the archive's last segment begins at {}",
                                replayed_to, last.to_text()),
                    kRemedy)};
  }
  // Where replay ended, the next record begins at the earliest.
  if (replay.stop && *replayed <= replay.stop->lsn) {
    return {failing(kName,
                    fmt::format("replay ended at {}, and the archive's newest transaction is at {}",
                                replayed_to, replay.stop->lsn.to_text()),
                    kRemedy)};
  }
  if (replay.stop || replay.unread || replay.searched >= replay.needed.count()) return {};
  return {warning(kName,
                  fmt::format("no transaction ended in the archive's last {}: replay came to the "
                              "last of them, and within it was compared with nothing",
                              human_count(replay.searched, "segment")),
                  "")};
}

}  // namespace walden
