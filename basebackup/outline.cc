#include "basebackup/outline.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "basebackup/small_object.h"

namespace walden {
namespace {

std::unexpected<Error> going(const std::string& backup_id) {
  return fail(ErrorKind::transient,
              fmt::format("the packs of {}, which this backup needs, were being deleted meanwhile",
                          backup_id),
              "Take the backup again.");
}

// In this order: the mark is the last thing of a folder that goes.
Result<> check_reference(Store& store, const ObjectNames& names, const std::string& backup_id,
                         const std::set<std::string>& packs) {
  const auto mark = store.stat(names.condemned_mark(backup_id));
  if (mark) return going(backup_id);
  if (mark.error().kind != ErrorKind::absent) return std::unexpected(mark.error());
  std::set<std::string> there;
  TRY(store.list({names.backup_folder(backup_id), {}}, [&](const ObjectEntry& entry) -> Result<> {
    there.insert(entry.name);
    return {};
  }));
  for (const auto& pack : packs) {
    if (!there.contains(pack)) return going(backup_id);
  }
  return {};
}

}  // namespace

BackupOutline outline_of(const BackupSummary& summary, std::optional<TimelineHistory> history) {
  return {.id = summary.id,
          .kind = summary.kind,
          .timeline = summary.timeline,
          .segment_size = summary.segment_size,
          .start = summary.start,
          .stop = summary.stop,
          .started = summary.started,
          .stopped = summary.stopped,
          .database_size = summary.database_size,
          .stored_size = summary.stored_size,
          .references = summary.references,
          .with_wal = summary.with_wal,
          .from_standby = summary.from_standby,
          .history = std::move(history)};
}

Result<> write_outline(Store& store, const ObjectNames& names, const BackupOutline& outline,
                       const Sealing& sealing) {
  return write_small_object(store, names, names.outline(outline.id), to_json_text(outline),
                            sealing);
}

Result<BackupOutline> read_outline(Store& store, const ObjectNames& names,
                                   const std::string& backup_id, const Opening& opening) {
  const std::string object = names.outline(backup_id);
  const auto text = TRY(read_small_object(store, names, object, opening));
  auto outline = parse_outline(text);
  if (!outline) return std::unexpected(outline.error().within(object));
  if (outline->id == backup_id) return outline;
  return fail(ErrorKind::corrupt, fmt::format("{} is of backup {}", object, outline->id));
}

Result<> check_references(Store& store, const ObjectNames& names,
                          std::span<const std::string> references,
                          std::span<const PackRecord> packs) {
  const std::string prefix = names.backup_prefix();
  std::map<std::string, std::set<std::string>> wanted;  // its own too: it may have taken a week
  for (const auto& id : references) wanted[id];
  for (const auto& pack : packs) {
    if (!pack.object.starts_with(prefix)) continue;
    const auto id_end = pack.object.find('/', prefix.size());
    wanted[pack.object.substr(prefix.size(), id_end - prefix.size())].insert(pack.object);
  }
  for (const auto& [id, objects] : wanted) TRY(check_reference(store, names, id, objects));
  return {};
}

}  // namespace walden
