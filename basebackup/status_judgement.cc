#include "basebackup/status_judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "basebackup/drill_words.h"
#include "basebackup/judge_wal.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::seconds;

// Clocks of two hosts that are kept by NTP differ by less.
constexpr seconds kClocksDiffer = std::chrono::minutes(5);
constexpr std::uint64_t kLittleSpace = std::uint64_t{256} << 20U;

Instant later(Instant time, seconds by) {
  return {time.microseconds + std::chrono::microseconds(by).count()};
}

std::string ago(Instant time, Instant now) {
  return human_duration(std::max(age(time, now), seconds(0))) + " ago";
}

class Judge {
 public:
  Judge(const ClusterStatus& status, const Policy& policy, const std::string& options)
      : status_(status), policy_(policy), options_(options) {}

  Judgements run() {
    if (!store()) return std::move(all_);
    backup();
    all_.push_back(judge_wal(status_, policy_.objectives, command("check")));
    if (auto archiver = judge_archiver(status_, command("check"))) {
      all_.push_back(std::move(*archiver));
    }
    gaps();
    verify();
    drill();
    if (status_.space) space();
    clock();
    return std::move(all_);
  }

 private:
  [[nodiscard]] std::string command(std::string_view name) const {
    return fmt::format("basebackup {}{}", name, options_);
  }
  void add(std::string name, Severity severity, std::string sentence) {
    all_.push_back({std::move(name), severity, std::move(sentence), {}, {}, {}});
  }
  void add(std::string name, Severity severity, std::string sentence, std::optional<Instant> since,
           std::string endangers, std::string remedy) {
    all_.push_back({std::move(name), severity, std::move(sentence), since, std::move(endangers),
                    std::move(remedy)});
  }

  bool store() {
    if (!status_.store_error) {
      add("store", Severity::ok, status_.store + " answers");
      return true;
    }
    add("store", Severity::critical, status_.store_error->cause, {},
        "Nothing is known of the archive: neither that WAL arrives nor that it can be restored",
        command("check"));
    return false;
  }

  void backup() {
    const BackupFact* newest = newest_backup(status_);
    if (newest == nullptr) return no_backup();
    if (newest->consistent == false) {
      return add("backup", Severity::critical,
                 fmt::format("the newest backup, {}, lacks WAL that it needs", newest->id),
                 newest->taken(), "It cannot be restored", command("list"));
    }
    if (newest->only_its_end) {
      return add("backup", Severity::warning,
                 fmt::format("the archive lacks WAL of the newest backup, {}, which has its own",
                             newest->id),
                 newest->taken(), "Only the moment at which it ended can be restored from it",
                 command("list"));
    }
    const auto taken = newest->taken();
    if (!taken) {
      return add("backup", Severity::unknown,
                 fmt::format("when the newest backup, {}, was taken is not known", newest->id));
    }
    const seconds every = policy_.objectives.backup_every;
    const seconds old = age(*taken, status_.now);
    const std::string sentence =
        fmt::format("newest backup {}: {}", ago(*taken, status_.now), newest->id);
    if (old <= every) return damaged_or_good(sentence);
    add("backup", old > 2 * every ? Severity::critical : Severity::warning,
        fmt::format("{}; one is due every {}", sentence, human_duration(every)),
        later(*taken, every), "A restore takes longer the more WAL it must replay, and hangs on it",
        command("push"));
  }

  // The commonest disaster is the backup that was never switched on.
  void no_backup() {
    const std::string sentence =
        status_.backups.empty()
            ? "the archive was set up, and there is no backup"
            : fmt::format("none of {} can be read", human_count(status_.backups.size(), "backup"));
    add("backup", Severity::critical, sentence, status_.created,
        "WAL alone restores nothing: the database cannot be brought back",
        command(status_.backups.empty() ? "push" : "list"));
  }

  void damaged_or_good(const std::string& sentence) {
    const auto damaged = std::ranges::count_if(
        status_.backups, [](const BackupFact& backup) { return !backup.damaged.empty(); });
    if (damaged == 0) return add("backup", Severity::ok, sentence);
    add("backup", Severity::warning,
        fmt::format("{}; the manifest of {} is damaged", sentence,
                    human_count(static_cast<std::uint64_t>(damaged), "other")),
        {}, "What is damaged cannot be restored", command("list"));
  }

  // Beyond the recovery window WAL is deleted on purpose.
  [[nodiscard]] bool is_wanted(const WalHoleFact& hole) const {
    const auto& window = policy_.retention.recovery_window;
    return !window || !hole.to || age(*hole.to, status_.now) < *window;
  }

  void gaps() {
    if (status_.backups.empty()) return;
    if (!status_.window_known) {
      return add("gaps", Severity::unknown,
                 "whether WAL is missing cannot be told here: no key, and no outline of a backup");
    }
    std::vector<const WalHoleFact*> wanted;
    for (const WalHoleFact& hole : status_.holes) {
      if (is_wanted(hole)) wanted.push_back(&hole);
    }
    const std::string window =
        status_.window_begin && status_.window_end
            ? fmt::format("can be restored: {} to {}{} UTC", utc_time(*status_.window_begin),
                          status_.window_end_is_least ? "at least " : "",
                          utc_time(*status_.window_end))
            : "nothing can be restored";
    if (wanted.empty()) {
      if (status_.window_begin) return add("gaps", Severity::ok, window + ", without a gap");
      const auto own_end =
          std::ranges::find_if(status_.backups | std::views::reverse, &BackupFact::only_its_end);
      if (own_end != status_.backups.rend()) {
        return add("gaps", Severity::critical,
                   fmt::format("only the end of backup {} can be restored", own_end->id), {},
                   "The archive lacks the WAL of every other moment", command("list"));
      }
      return add("gaps", Severity::critical, window + ": every backup lacks WAL that it needs", {},
                 "The database cannot be brought back", command("push"));
    }
    const WalHoleFact& last = *wanted.back();
    const std::string missing = last.count == 1
                                    ? fmt::format("1 segment is missing: {}", last.first)
                                    : fmt::format("{} segments are missing: {} to {}",
                                                  human_count(last.count), last.first, last.last);
    // Behind the newest backup: all that comes after the hole cannot be reached.
    const bool open = !last.to;
    add("gaps", open ? Severity::critical : Severity::warning, missing, last.from,
        open ? "Nothing after the gap can be restored until a new backup is taken"
             : "The moments within the gap cannot be restored",
        command(open ? "push" : "list"));
  }

  void verify() {
    if (!status_.verify_not_believed.empty() && (!status_.verified || status_.verified->good)) {
      return add("verify", Severity::warning,
                 fmt::format("what verify said last, {}, is damaged, or signed by nobody trusted",
                             status_.verify_not_believed),
                 {}, "Whether the newest verify found damage is not known", command("verify"));
    }
    if (!status_.verified) {
      return add("verify", Severity::ok, "no verify is on record");
    }
    const ProofFact& last = *status_.verified;
    const std::string sentence =
        fmt::format("{} verified {}", last.subject, ago(last.at, status_.now));
    if (last.good) return add("verify", Severity::ok, sentence + ": every byte was right");
    add("verify", Severity::critical, sentence + ": something is missing or damaged", last.at,
        "What is damaged cannot be restored", command("verify"));
  }

  // Counted from the first backup where there was none: nothing could be tried before.
  void drill() {
    const seconds every = policy_.objectives.drill_every;
    if (!status_.drill_not_believed.empty() && (!status_.drilled || status_.drilled->good)) {
      return add("drill", Severity::warning,
                 fmt::format("the last restore drill, {}, is damaged, or signed by nobody trusted",
                             status_.drill_not_believed),
                 {}, "Whether the newest drill passed is not known", command("reports"));
    }
    if (!status_.drilled) {
      const auto first = status_.backups.empty() ? std::nullopt : status_.backups.front().taken();
      if (!first) return;
      const Instant due = later(*first, every);
      const bool late = due < status_.now;
      return add("drill", late ? Severity::warning : Severity::ok,
                 late ? fmt::format("no restore was ever tried; it was due {} UTC", utc_time(due))
                      : fmt::format("no restore was tried yet; due {} UTC", utc_time(due)),
                 late ? std::optional(due) : std::nullopt,
                 late ? "A backup that was never restored may not be one" : "",
                 late ? command("drill") : "");
    }
    const ProofFact& last = *status_.drilled;
    const std::string when = ago(last.at, status_.now);
    if (!last.good) {
      return add("drill", Severity::critical,
                 fmt::format("the last restore drill failed, {}", when), last.at,
                 "A real restore may fail the same way", command("reports"));
    }
    const Instant due = later(last.at, every);
    if (due < status_.now) {
      return add("drill", Severity::warning,
                 fmt::format("the last restore drill passed {}; one is due every {}", when,
                             human_duration(every)),
                 due, "Since then nothing has shown that a restore works", command("drill"));
    }
    add("drill", Severity::ok,
        fmt::format("the last restore drill passed {}{}; next due {} UTC", when,
                    last.without.empty() ? "" : ", " + without_words(last.without), utc_time(due)));
  }

  void space() {
    const SpaceFact& space = *status_.space;
    const std::string sentence = fmt::format("{} of {} free in {}", human_size(space.available),
                                             human_size(space.capacity), space.directory);
    const bool none = space.available < kLittleSpace;
    const bool little = none || space.available < space.capacity / 10;
    if (!little) return add("space", Severity::ok, sentence);
    add("space", none ? Severity::critical : Severity::warning, sentence, {},
        "When the store is full no WAL arrives any more, and the server's pg_wal grows",
        "df -h " + space.directory);
  }

  void clock() {
    std::optional<Instant> newest = status_.wal ? std::optional(status_.wal->stored) : std::nullopt;
    for (const BackupFact& backup : status_.backups) {
      if (backup.taken() && (!newest || *newest < *backup.taken())) newest = backup.taken();
    }
    for (const auto& proof : {status_.verified, status_.drilled}) {
      if (proof && (!newest || *newest < proof->at)) newest = proof->at;
    }
    if (!newest) return;
    const seconds ahead = -age(*newest, status_.now);
    if (ahead < kClocksDiffer) {
      return add("clock", Severity::ok, "nothing in the archive is of a time to come");
    }
    add("clock", Severity::warning,
        fmt::format("the archive's newest time is {} ahead of this host's clock",
                    human_duration(ahead)),
        {}, "Ages here and recovery targets given as times are wrong by that much", "date -u");
  }

  const ClusterStatus& status_;
  const Policy& policy_;
  const std::string& options_;
  Judgements all_;
};

}  // namespace

const BackupFact* newest_backup(const ClusterStatus& status) {
  for (const BackupFact& backup : std::views::reverse(status.backups)) {
    if (backup.damaged.empty()) return &backup;
  }
  return nullptr;
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "OK";
    case Severity::warning:
      return "WARNING";
    case Severity::critical:
      return "CRITICAL";
    case Severity::unknown:
      return "UNKNOWN";
  }
  return "";
}

int exit_code(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return 0;
    case Severity::warning:
      return 1;
    case Severity::critical:
      return 2;
    case Severity::unknown:
      return 3;
  }
  return 3;
}

Judgements judge(const ClusterStatus& status, const Policy& policy, const std::string& options) {
  return Judge(status, policy, options).run();
}

Severity worst(const Judgements& judgements) {
  Severity worst = Severity::ok;
  for (const Judgement& one : judgements) worst = std::max(worst, one.severity);
  return worst;
}

}  // namespace walden
