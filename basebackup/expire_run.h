// Carries a plan out, in an order in which it may be stopped anywhere, or meet a push or a keep:
//
//   a backup that goes    marked as given up; unless a keep mark has come: manifest (from here on
//                         it is no backup); outline
//   its packs             condemned; every outline that has come since is read; then deleted,
//   unless
//                         one of those refers to them; the marks last
//   WAL                   when no backup that needs it is left, oldest first
//
// The next run finds the marks and goes on. Two runs at once do no harm: what the other has deleted
// is absent, and that is fine.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "basebackup/retention.h"
#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/store/eraser.h"

namespace walden {

struct ExpireTools {
  Store& store;
  Eraser& eraser;
  const ObjectNames& names;
  const Opening& opening;
  unsigned threads = 8;
  std::function<void(const std::string& doing)> tell{};
  const std::atomic<bool>& cancel;
};

struct ExpireOutcome {
  std::uint64_t objects = 0;        // deleted
  std::uint64_t hidden = 0;         // of them, those whose bytes the bucket keeps as older versions
  std::vector<std::string> held;    // names that the store refused to delete
  std::vector<std::string> kept;    // ids that were to go and are kept by now; the run ends there
  std::vector<std::string> spared;  // ids whose packs a new backup refers to by now
};

// ErrorKind::transient when it was cancelled; else the first error that the store gave. `outcome`
// says what was done, then too.
[[nodiscard]] Result<> run_expire(const RetentionPlan& plan, const ExpireTools& tools,
                                  ExpireOutcome& outcome);

}  // namespace walden
