#include "basebackup/expire_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "basebackup/in_parallel.h"
#include "basebackup/keep_marks.h"
#include "basebackup/outline.h"
#include "basebackup/survey.h"
#include "common/archive/list_until.h"

namespace walden {
namespace {

// Whether it was not there yet.
Result<bool> mark(Store& store, const std::string& object) {
  auto created = create_object(store, object, bytes_of("basebackup expire\n"));
  if (created) return true;
  if (created.error().kind == ErrorKind::exists) return false;
  return std::unexpected(std::move(created).error());
}

class ExpireRun {
 public:
  ExpireRun(const RetentionPlan& plan, const ExpireTools& tools, ExpireOutcome& outcome)
      : plan_(plan), tools_(tools), outcome_(outcome) {}

  Result<> run() {
    TRY(take_back_marks());
    for (const auto& backup : plan_.backups) {
      if (backup.goes()) TRY(give_up(backup));
    }
    // They are backups still: what they need cannot be told from what else goes.
    if (!outcome_.held.empty() || !outcome_.kept.empty()) return {};
    for (const auto& remains : plan_.remains) {
      // Of a run that came no further than the manifest.
      if (remains.facts.given_up && remains.facts.had_outline) {
        TRY(erase(names().outline(remains.facts.id)));
      }
      if (remains.goes) dead_.insert(remains.facts.id);
    }
    for (const auto& id : dead_) TRY(mark(tools_.store, names().condemned_mark(id)));
    TRY(spare_what_is_referred_to());
    for (const auto& id : dead_) TRY(erase_folder(id));
    return erase_wal();
  }

 private:
  [[nodiscard]] const ObjectNames& names() const { return tools_.names; }
  void tell(const std::string& doing) const {
    if (tools_.tell) tools_.tell(doing);
  }

  Result<Erased> erase(const std::string& name) {
    if (tools_.cancel) {
      return fail(ErrorKind::transient, "interrupted: what is left can be deleted later",
                  "Every backup that is still listed is whole. Run it again.");
    }
    const Erased erased = TRY(tools_.eraser.erase(name));
    const std::scoped_lock lock(mutex_);
    if (erased == Erased::gone || erased == Erased::hidden) ++outcome_.objects;
    if (erased == Erased::hidden) ++outcome_.hidden;
    if (erased == Erased::held) outcome_.held.push_back(name);
    return erased;
  }

  // Of an earlier run that came no further, under a policy by which the backup went. A mark that
  // condemns stays: another run may rely on it.
  Result<> take_back_marks() {
    for (const auto& backup : plan_.backups) {
      if (backup.goes() || !backup.facts.given_up) continue;
      TRY(erase(names().expired_mark(backup.facts.id)));
    }
    return {};
  }

  Result<> give_up(const PlannedBackup& backup) {
    const std::string& id = backup.facts.id;
    tell("deleting " + id);
    const bool marked = TRY(mark(tools_.store, names().expired_mark(id)));
    // Keep writes its mark, then looks for this one: whichever comes later sees the other.
    const auto kept = TRY(read_keep_mark(tools_.store, names(), id, tools_.opening));
    if (kept && plan_.holds(*kept)) {
      outcome_.kept.push_back(id);
      if (marked) TRY(erase(names().expired_mark(id)));  // another run may rely on its own
      return {};
    }
    if (TRY(erase(names().manifest(id))) == Erased::held) {
      TRY(erase(names().expired_mark(id)));
      return {};
    }
    TRY(erase(names().outline(id)));
    if (backup.packs_go()) dead_.insert(id);
    return {};
  }

  // Outlines that have come since the plan was made; the others' references it has followed.
  Result<> spare_what_is_referred_to() {
    if (dead_.empty()) return {};
    std::set<std::string> known;
    for (const auto& backup : plan_.backups) known.insert(backup.facts.id);
    for (const auto& remains : plan_.remains) {
      if (remains.facts.had_outline) known.insert(remains.facts.id);
    }
    for (const auto& [id, folder] : TRY(list_backup_folders(tools_.store, names()))) {
      if (known.contains(id) || (!folder.outline && !folder.manifest)) continue;
      spare(id);
      TRY(spare_references_of(id));
    }
    return {};
  }

  Result<> spare_references_of(const std::string& id) {
    const auto outline = read_outline(tools_.store, names(), id, tools_.opening);
    if (outline) {
      for (const auto& referred : outline->references) spare(referred);
      return {};
    }
    const ErrorKind kind = outline.error().kind;
    if (kind != ErrorKind::absent && kind != ErrorKind::corrupt) {
      return std::unexpected(outline.error());
    }
    for (const auto& each : std::set(dead_)) spare(each);  // it may refer to any of them
    return {};
  }

  void spare(const std::string& id) {
    if (dead_.erase(id) > 0) outcome_.spared.push_back(id);
  }

  Result<> erase_all(const std::vector<std::string>& objects) {
    return in_parallel(tools_.threads, objects.size(), [&](std::size_t i) -> Result<> {
      TRY(erase(objects[i]));
      return {};
    });
  }

  // The marks last: where they are, the rest is still known to go.
  Result<> erase_folder(const std::string& id) {
    tell("deleting the packs of " + id);
    const std::string condemned = names().condemned_mark(id);
    const std::string expired = names().expired_mark(id);
    std::vector<std::string> objects;
    TRY(tools_.store.list({names().backup_folder(id), {}}, [&](const ObjectEntry& entry) {
      if (entry.name != condemned && entry.name != expired) objects.push_back(entry.name);
      return Result<>{};
    }));
    TRY(tools_.store.list({names().keep_prefix() + id + "/", {}}, [&](const ObjectEntry& entry) {
      objects.push_back(entry.name);
      return Result<>{};
    }));
    const std::size_t held = outcome_.held.size();
    TRY(erase_all(objects));
    if (outcome_.held.size() > held) return {};
    TRY(erase(expired));
    TRY(erase(condemned));
    return {};
  }

  Result<> erase_wal() {
    for (auto wal = plan_.wal.begin(); wal != plan_.wal.end();) {
      WalRun run = wal->run;
      const bool goes = wal->goes();
      // One listing for what lies side by side in one folder.
      while (++wal != plan_.wal.end() && goes && wal->goes() && follows(wal->run, run)) {
        run.last = wal->run.last;
      }
      if (!goes) continue;
      tell("deleting WAL from " + run.first.name_on(run.timeline).to_text() + " on");
      TRY(erase_run(run));
    }
    return {};
  }

  static bool follows(const WalRun& next, const WalRun& run) {
    return next.timeline == run.timeline && next.first.value == run.last.value + 1;
  }

  // A segment and what lies beside it under its name.
  Result<> erase_run(const WalRun& run) {
    const std::string first = names().wal(run.first.name_on(run.timeline));
    const std::string last = names().wal(run.last.name_on(run.timeline));
    const std::string folder = first.substr(0, first.rfind('/') + 1);
    std::vector<std::string> objects;
    TRY(list_until(tools_.store, {folder, first.substr(0, first.size() - 1)},
                   [&](const ObjectEntry& entry) -> Result<bool> {
                     const std::string segment = entry.name.substr(0, first.size());
                     if (segment > last) return false;
                     if (segment >= first) objects.push_back(entry.name);
                     return true;
                   }));
    return erase_all(objects);
  }

  const RetentionPlan& plan_;
  const ExpireTools& tools_;
  ExpireOutcome& outcome_;
  std::set<std::string> dead_;  // folders whose packs go
  std::mutex mutex_;            // guards outcome_
};

}  // namespace

Result<> run_expire(const RetentionPlan& plan, const ExpireTools& tools, ExpireOutcome& outcome) {
  return ExpireRun(plan, tools, outcome).run();
}

}  // namespace walden
