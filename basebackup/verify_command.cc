#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/audited.h"
#include "basebackup/catalog.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/restore_timeline.h"
#include "basebackup/run_alarm.h"
#include "basebackup/segment_sentence.h"
#include "basebackup/verify_packs.h"
#include "basebackup/verify_record.h"
#include "basebackup/verify_wal.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/report.h"
#include "common/program/signals.h"
#include "common/store/directory_store.h"

namespace walden {
namespace {

struct VerifyOptions {
  explicit VerifyOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string backup;
  std::string wal;
  std::uint64_t system_id = 0;
  bool json = false;
};

class VerifyRun {
 public:
  VerifyRun(Context& context, const Opening& opening, const ObjectNames& names)
      : context_(context), opening_(opening), names_(names), wal_(*context.store, names) {}

  Result<> verify_one_file(const std::string& wal) {
    subject_ = wal;
    return verify_wal_file(wal_verification(), TRY(WalName::parse(wal)), verification_);
  }

  Result<> verify_backup(const std::string& wanted) {
    const CatalogEntry entry = TRY(choose(wanted));
    subject_ = entry.id;
    const auto manifest = ManifestFile::open(*context_.store, names_, entry.id, opening_);
    if (!manifest) return verification_.note(names_.manifest(entry.id), manifest.error());
    TRY(verify_files(*manifest));
    auto timelines = TRY(TimelineChooser::create(wal_, opening_, "latest"));
    auto history = TRY(timelines.history_for(manifest->summary()));
    // Of a branch that was left: the WAL of its own timeline.
    if (!history.passes_through(manifest->summary().timeline, manifest->summary().stop)) {
      auto own = TRY(TimelineChooser::create(wal_, opening_, "current"));
      history = TRY(own.history_for(manifest->summary()));
    }
    return verify_wal(wal_verification(), manifest->summary(), history, verification_);
  }

  void print(bool as_json) const {
    progress_.reset();
    const auto text = as_json ? json() : this->text();
    fmt::print("{}", text);
  }
  [[nodiscard]] bool good() const { return verification_.problems().empty(); }
  [[nodiscard]] const std::string& subject() const { return subject_; }

 private:
  Result<CatalogEntry> choose(const std::string& wanted) {
    const Catalog catalog = TRY(read_catalog(*context_.store, names_, opening_));
    if (!wanted.empty()) return find_backup(catalog, wanted);
    if (!catalog.backups.empty()) return catalog.backups.back();
    return fail(
        ErrorKind::absent,
        fmt::format("there is no backup of {} in {}", names_.cluster(), context_.store->describe()),
        "Take one with basebackup push.");
  }

  Result<> verify_files(const ManifestFile& manifest) {
    progress_ =
        std::make_unique<Progress>("basebackup", "verify", manifest.summary().database_size);
    return verify_packs({.store = *context_.store,
                         .names = names_,
                         .opening = opening_,
                         .manifest = manifest,
                         .threads = context_.configuration.threads,
                         .advance = [this](std::uint64_t bytes) { progress_->add(bytes); },
                         .cancel = interruption_flag()},
                        verification_);
  }

  WalVerification wal_verification() {
    if (!progress_) progress_ = std::make_unique<Progress>("basebackup", "verify", 0);
    return {.archive = wal_,
            .opening = opening_,
            .threads = context_.configuration.threads,
            .telling =
                [this](const WalName& name) {
                  progress_->waiting(segment_sentence("reading what is", name));
                },
            .cancel = interruption_flag()};
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    const auto problems = verification_.problems();
    for (const auto& [object, cause] : problems) {
      text += cause.find(object) == std::string::npos
                  ? fmt::format("WRONG  {}: {}\n", object, cause)
                  : fmt::format("WRONG  {}\n", cause);
    }
    for (const auto& remark : verification_.remarks()) text += remark + "\n";
    const auto counts = verification_.counts();
    std::string read = human_count(counts.segments, "WAL file");
    if (counts.packs > 0) {
      read = fmt::format("{}, {} ({}) and ", human_count(counts.packs, "pack"),
                         human_count(counts.files, "file"), human_size(counts.file_bytes)) +
             read;
    }
    const std::string verdict = problems.empty() ? "every byte is as it was written"
                                                 : human_count(problems.size(), "problem");
    text += fmt::format("{}: {}; read {}.\n", subject_, verdict, read);
    if (counts.without_digest == 0) return text;
    return text + fmt::format(
                      "Of {}, put together from changed blocks, there is no digest of the "
                      "whole: each piece was checked.\n",
                      human_count(counts.without_digest, "file"));
  }

  [[nodiscard]] std::string json() const {
    using Json = nlohmann::ordered_json;
    const auto counts = verification_.counts();
    Json problems = Json::array();
    for (const auto& [object, cause] : verification_.problems()) {
      problems.push_back({{"object", object}, {"cause", cause}});
    }
    const Json json = {{"cluster", names_.cluster()},
                       {"system_identifier", std::to_string(names_.system_identifier())},
                       {"subject", subject_},
                       {"good", problems.empty()},
                       {"packs", counts.packs},
                       {"files", counts.files},
                       {"file_bytes", counts.file_bytes},
                       {"files_without_digest", counts.without_digest},
                       {"wal_files", counts.segments},
                       {"problems", problems},
                       {"remarks", verification_.remarks()}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  Context& context_;
  const Opening& opening_;
  const ObjectNames& names_;
  WalArchive wal_;
  Verification verification_;
  std::string subject_;
  mutable std::unique_ptr<Progress> progress_;  // cleared before results are printed
};

// As root, folders would be made that the store's own user cannot write to.
bool is_own_store(const Store& store) {
  const auto* directory = dynamic_cast<const DirectoryStore*>(&store);
  struct stat facts {};
  return directory == nullptr ||
         (::stat(directory->root().c_str(), &facts) == 0 && facts.st_uid == ::geteuid());
}

// For `basebackup status`. Whoever only reads the store leaves none.
Result<> leave_record(const Context& context, const ObjectNames& names, const VerifyRun& run) {
  if (!is_own_store(*context.store)) return {};
  Sealing sealing;
  if (!context.configuration.signing_key_file.empty()) {
    sealing = TRY(load_sealing(context.configuration));
  }
  const VerifyRecord record{.backup = run.subject(), .good = run.good(), .at = now()};
  auto written = write_verify_record(*context.store, names, record, sealing);
  const bool may_not = !written && written.error().kind == ErrorKind::denied;
  const bool there_already = !written && written.error().kind == ErrorKind::exists;
  return may_not || there_already ? Result<>{} : written;
}

Result<bool> verify(const VerifyOptions& options, Audit& audit) {
  if (!options.wal.empty() && !options.backup.empty()) {
    return fail(ErrorKind::usage, "only one of --wal and --backup can be given");
  }
  Context context = TRY(open_context(options.configuration));
  const Opening opening = TRY(load_opening(context.configuration));
  const std::string cluster = context.configuration.cluster;
  const ObjectNames names(
      cluster, TRY(choose_system_identifier(*context.store, cluster,
                                            context.marker.system_identifier, options.system_id)));
  VerifyRun run(context, opening, names);
  TRY(options.wal.empty() ? run.verify_backup(options.backup) : run.verify_one_file(options.wal));
  audit.about(run.subject());
  run.print(options.json);
  if (options.wal.empty()) {
    if (const auto left = leave_record(context, names, run); !left) {
      report("basebackup", left.error().within("this verify is not on record"));
    }
  }
  return run.good();
}

}  // namespace

CommandBody add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>(app);
  app.add_option("--backup", options->backup,
                 "The backup, or a part of its id (default: the newest)");
  app.add_option("--wal", options->wal, "Only this file of the archived WAL");
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return alarmed(app, options->configuration,
                 audited(app, options->configuration, kAuditOfReading,
                         [options](Audit& audit) { return verify(*options, audit); }),
                 [options] { return options->backup.empty() && options->wal.empty(); });
}

}  // namespace walden
