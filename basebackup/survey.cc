#include "basebackup/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "basebackup/in_parallel.h"
#include "basebackup/keep_marks.h"
#include "basebackup/manifest_reader.h"
#include "basebackup/outline.h"
#include "basebackup/wal_survey.h"
#include "common/archive/wal_archive.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr unsigned kReaders = 8;

// What a manifest says in an outline's place. Of one that must be signed, all of it is read: the
// signature stands at its end.
Result<BackupOutline> outline_from_manifest(Store& store, const ObjectNames& names,
                                            const std::string& id, const Opening& opening) {
  if (opening.trusted_signers.empty()) {
    return outline_of(TRY(read_summary(store, names, id, opening)), std::nullopt);
  }
  return outline_of(TRY(ManifestFile::open(store, names, id, opening)).summary(), std::nullopt);
}

bool is_final(const Error& error) {
  return error.kind == ErrorKind::absent || error.kind == ErrorKind::corrupt ||
         error.kind == ErrorKind::configuration;
}

class Surveyor {
 public:
  Surveyor(Store& store, const ObjectNames& names, const Opening& opening)
      : store_(store), names_(names), opening_(opening) {}

  Result<RetentionFacts> run() {
    // Backups before WAL: what a backup needs was in the archive before it was committed.
    const auto folders = TRY(list_backup_folders(store_, names_));
    marks_ = TRY(read_keep_marks(store_, names_, opening_));
    wal_ = TRY(survey_wal(store_, names_));
    const std::vector<std::pair<std::string, BackupFolder>> all(folders.begin(), folders.end());
    TRY(in_parallel(kReaders, all.size(), [&](std::size_t i) -> Result<> {
      return all[i].second.manifest ? add_backup(all[i].first, all[i].second)
                                    : add_remains(all[i].first, all[i].second);
    }));
    std::ranges::sort(facts_.backups, {}, &BackupFacts::id);
    std::ranges::sort(facts_.remains, {}, &RemainsFacts::id);
    if (several_sizes_) facts_.segment_size = 0;
    TRY(read_histories());
    facts_.timelines = wal_.histories;
    facts_.wal = std::move(wal_.runs);
    return std::move(facts_);
  }

 private:
  Result<> add_backup(const std::string& id, const BackupFolder& folder) {
    BackupFacts backup{.id = id,
                       .committed = {folder.committed * kMicroseconds},
                       .stored = folder.stored,
                       .given_up = folder.marked};
    if (const auto mark = marks_.find(id); mark != marks_.end()) backup.keep = mark->second;
    auto outline = read_outline(store_, names_, id, opening_);
    if (!outline && is_final(outline.error())) {
      auto other = outline_from_manifest(store_, names_, id, opening_);
      if (other || !is_final(other.error())) outline = std::move(other);
    }
    if (!outline && !is_final(outline.error())) return std::unexpected(outline.error());
    if (outline) {
      describe(backup, *outline);
    } else {
      describe_by_id(backup, outline.error());
    }
    const std::scoped_lock lock(mutex_);
    if (outline) note_cluster(*outline);
    facts_.backups.push_back(std::move(backup));
    return {};
  }

  void describe(BackupFacts& backup, const BackupOutline& outline) const {
    const std::uint32_t size = outline.segment_size;
    const auto first = segment_of(outline.start, size);
    const auto last = std::max(first, segment_before(outline.stop, size));
    backup.timeline = outline.timeline;
    backup.first = WalPlace::of(segment_name(outline.timeline, first, size));
    backup.last = WalPlace::of(segment_name(outline.timeline, last, size));
    backup.started = outline.started;
    backup.stopped = outline.stopped;
    backup.references = outline.references;
    backup.with_wal = outline.with_wal;
    backup.complete = covers(wal_.runs, outline.timeline, first, last, size);
  }

  void describe_by_id(BackupFacts& backup, const Error& why) const {
    backup.references_known = false;
    const auto known = parse_backup_id(backup.id, wal_.long_segments);
    if (!known || !opening_.trusted_signers.empty()) {
      backup.doubt =
          why.kind == ErrorKind::absent ? "it has no outline that can be believed" : why.cause;
    }
    if (!known) return;
    backup.timeline = known->timeline;
    backup.first = known->first;
    backup.started = backup.stopped = known->started;
    backup.complete = std::ranges::any_of(wal_.runs, [&](const WalRun& run) {
      return run.timeline == known->timeline && run.first <= known->first &&
             known->first <= run.last;
    });
  }

  Result<> add_remains(const std::string& id, const BackupFolder& folder) {
    RemainsFacts remains{.id = id,
                         .stored = folder.stored,
                         .newest = {folder.newest * kMicroseconds},
                         .given_up = folder.marked,
                         .had_outline = folder.outline};
    if (const auto known = parse_backup_id(id, wal_.long_segments)) {
      remains.timeline = known->timeline;
      remains.first = known->first;
    }
    if (folder.outline && !folder.marked) {
      const auto outline = read_outline(store_, names_, id, opening_);
      if (!outline && !is_final(outline.error())) return std::unexpected(outline.error());
      if (outline) remains.references = outline->references;
      remains.references_known = outline.has_value();
    }
    const std::scoped_lock lock(mutex_);
    facts_.remains.push_back(std::move(remains));
    return {};
  }

  void note_cluster(const BackupOutline& outline) {
    several_sizes_ =
        several_sizes_ || (facts_.segment_size != 0 && facts_.segment_size != outline.segment_size);
    facts_.segment_size = outline.segment_size;
    if (outline.history) facts_.histories.insert_or_assign(outline.timeline, *outline.history);
  }

  // Sealed ones stay unread where there is no key.
  Result<> read_histories() {
    WalArchive archive(store_, names_);
    for (const Timeline timeline : wal_.histories) {
      if (facts_.histories.contains(timeline)) continue;
      auto history = archive.history(timeline, opening_);
      if (history) facts_.histories.insert_or_assign(timeline, std::move(*history));
      if (!history && !is_final(history.error())) return std::unexpected(history.error());
    }
    return {};
  }

  Store& store_;
  const ObjectNames& names_;
  const Opening& opening_;
  std::map<std::string, KeepMark> marks_;
  WalSurvey wal_;
  std::mutex mutex_;  // guards what follows
  RetentionFacts facts_;
  bool several_sizes_ = false;
};

// Of "20261121T031702Z".
std::optional<Instant> parse_id_time(const std::string& text) {
  if (text.size() != 16) return std::nullopt;
  const auto time =
      parse_time(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" +
                 text.substr(11, 2) + ":" + text.substr(13));
  return time ? std::optional(time->time) : std::nullopt;
}

}  // namespace

Result<std::map<std::string, BackupFolder>> list_backup_folders(Store& store,
                                                                const ObjectNames& names) {
  std::map<std::string, BackupFolder> folders;
  const std::string prefix = names.backup_prefix();
  TRY(store.list({prefix, {}}, [&](const ObjectEntry& entry) -> Result<> {
    const auto slash = entry.name.find('/', prefix.size());
    if (slash == std::string::npos) return {};
    const std::string_view object = std::string_view(entry.name).substr(slash + 1);
    BackupFolder& folder = folders[entry.name.substr(prefix.size(), slash - prefix.size())];
    folder.stored += entry.size;
    folder.newest = std::max(folder.newest, entry.modified);
    if (object == "manifest") {
      folder.manifest = true;
      folder.committed = entry.modified;
    }
    folder.outline = folder.outline || object == "outline";
    folder.marked = folder.marked || object == "expired" || object == "condemned";
    return {};
  }));
  return folders;
}

Result<RetentionFacts> survey(Store& store, const ObjectNames& names, const Opening& opening) {
  return Surveyor(store, names, opening).run();
}

std::optional<IdFacts> parse_backup_id(const std::string& id, bool long_segments) {
  const auto timeline_at = id.find("-tl");
  const auto place_at =
      id.find('-', timeline_at == std::string::npos ? id.size() : timeline_at + 1);
  if (place_at == std::string::npos) return std::nullopt;
  const auto started = parse_id_time(id.substr(0, timeline_at));
  if (!started) return std::nullopt;
  const auto number = [](std::string_view text, int base, auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
  };
  const std::string_view place = std::string_view(id).substr(place_at + 1);
  // With three digits possible, the earlier place is taken: more stays.
  const std::size_t digits = long_segments && place.size() > 3 && place[place.size() - 3] != '0'
                                 ? 3
                                 : std::min<std::size_t>(2, place.size());
  IdFacts facts{.started = *started};
  WalName name;
  const std::string_view log = place.substr(0, place.size() - digits);
  if (!number(std::string_view(id).substr(timeline_at + 3, place_at - timeline_at - 3), 10,
              facts.timeline) ||
      facts.timeline == 0 || !number(log, 16, name.log) ||
      !number(place.substr(place.size() - digits), 16, name.segment)) {
    return std::nullopt;
  }
  facts.first = WalPlace::of(name);
  return facts;
}

}  // namespace walden
