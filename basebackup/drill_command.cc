#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "basebackup/audited.h"
#include "basebackup/commands.h"
#include "basebackup/drill_archive.h"
#include "basebackup/drill_json.h"
#include "basebackup/drill_page.h"
#include "basebackup/drill_run.h"
#include "basebackup/drill_text.h"
#include "basebackup/run_alarm.h"
#include "basebackup/shell_word.h"
#include "common/bytes/new_file.h"
#include "common/program/duration.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/report.h"
#include "common/program/signals.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

struct DrillOptions {
  explicit DrillOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::optional<std::string> target_time;
  bool random = false;
  std::optional<std::uint64_t> seed;
  std::string scratch;
  std::string backup;
  std::string report;
  std::string deadline;
  std::uint64_t system_id = 0;
  bool keep_copy = false;
  bool json = false;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Four times what was promised is hopeless; but a copy on a small host may take its time.
Result<seconds> deadline_of(const DrillOptions& options, const Objectives& objectives) {
  constexpr seconds kLeast = std::chrono::minutes(10);
  constexpr seconds kWithoutObjective = std::chrono::hours(24);
  if (!options.deadline.empty()) return parse_duration(options.deadline);
  return objectives.rto ? std::max(4 * *objectives.rto, kLeast) : kWithoutObjective;
}

Result<DrillWish> wish_of(const DrillOptions& options, const Objectives& objectives) {
  if (options.random && options.target_time) {
    return fail(ErrorKind::usage, "only one of --random and --target-time can be given");
  }
  if (options.seed && !options.random) return fail(ErrorKind::usage, "--seed needs --random");
  DrillWish wish{
      .target_time = options.target_time, .backup = options.backup, .keep_copy = options.keep_copy};
  wish.deadline = TRY(deadline_of(options, objectives));
  if (options.random) wish.seed = options.seed.value_or(std::random_device{}());
  return wish;
}

Result<fs::path> scratch_of(const DrillOptions& options, const DrillPolicy& policy) {
  const std::string& scratch = options.scratch.empty() ? policy.directory : options.scratch;
  if (!scratch.empty()) return fs::absolute(scratch);
  return fail(ErrorKind::configuration, "there is no directory for the drill's copy",
              "Say --scratch DIR, or directory = \"…\" below [drill] in walden.toml.");
}

// libpq takes an address, a port, options from here even where it is told a host: the drill could
// look at another server than its own. Whose user it may ask for stays.
void forget_libpq_environment() {
  for (const char* name : {"PGHOST",
                           "PGHOSTADDR",
                           "PGPORT",
                           "PGDATABASE",
                           "PGSERVICE",
                           "PGOPTIONS",
                           "PGSERVICEFILE",
                           "PGPASSFILE",
                           "PGSSLMODE",
                           "PGREQUIRESSL",
                           "PGTARGETSESSIONATTRS",
                           "PGREQUIREPEER",
                           "PGCHANNELBINDING",
                           "PGDATA",
                           "PGCLIENTENCODING",
                           "PGCONNECT_TIMEOUT",
                           "PGGSSENCMODE",
                           "PGLOADBALANCEHOSTS",
                           "PGREQUIREAUTH",
                           "PGSSLNEGOTIATION"}) {
    ::unsetenv(name);
  }
}

Result<> write_new(const fs::path& path, std::string_view content) {
  NewFile file = TRY(NewFile::create(path, 0600));
  TRY(file.write(bytes_of(content)));
  return file.link_into_place();
}

// What root puts into another user's directory is closed to that user, who could neither list the
// drills then nor keep one.
Result<> refuse_root(const Configuration& configuration) {
  constexpr std::string_view kDirectory = "file://";
  if (::geteuid() != 0 || !configuration.store.starts_with(kDirectory)) return {};
  const std::string folder = configuration.store.substr(kDirectory.size());
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0 || facts.st_uid == 0) return {};
  return fail(ErrorKind::denied,
              fmt::format("as root, the report would be closed to the owner of {}", folder),
              "Run it as that user: sudo -u postgres basebackup drill");
}

std::string json_text(const DrillReport& report) {
  return drill_report_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

Result<> write_report(const std::string& folder, const DrillReport& report,
                      const std::string& page) {
  if (folder.empty()) return {};
  const fs::path base = fs::path(folder) / ("drill-" + report.id);
  TRY(write_new(base.string() + ".json", json_text(report)));
  return write_new(base.string() + ".html", page);
}

void warn_of_missing_signature(const Configuration& configuration, const Sealing& sealing) {
  if (sealing.signing_key || configuration.trusted_signers.empty()) return;
  say("basebackup",
      "the report is not signed: hosts with trusted_signers will not believe it; set "
      "signing_key_file here");
}

std::string next_command(const DrillReport& report, bool stored,
                         const std::vector<std::string>& settings) {
  if (!stored) return {};
  return fmt::format("Page: basebackup reports {0} --html drill-{0}.html{1}\n", report.id,
                     shell_arguments(settings));
}

Result<bool> drill(const DrillOptions& options, Audit& audit) {
  forget_libpq_environment();
  const auto& interrupted = interruption_flag();
  Archive archive = TRY(open_archive(options.configuration, options.system_id));
  const Configuration& configuration = archive.context.configuration;
  TRY(refuse_root(configuration));
  const Policy policy = TRY(read_policy(configuration));
  const Sealing sealing = TRY(load_sealing(configuration));
  const DrillWish wish = TRY(wish_of(options, policy.objectives));
  const fs::path scratch = TRY(scratch_of(options, policy.drill));

  DrillReport report;
  report.begun = now();
  report.id = drill_id(report.begun.microseconds / 1'000'000);
  report.cluster = configuration.cluster;
  report.system_identifier = archive.names.system_identifier();
  report.store = archive.context.store->describe();
  report.host = host_name();
  report.target =
      wish.target_time.value_or(wish.seed ? "a random moment" : "the newest archived WAL");
  report.seed = wish.seed;
  DrillPlace place = TRY(DrillPlace::create(scratch, report.id));
  if (place.cleared() > 0) {
    say("basebackup", fmt::format("removed what {} had left in {}",
                                  human_count(place.cleared(), "killed drill"), scratch.string()));
  }

  audit.begin();
  const bool coloured = colours_wanted(STDOUT_FILENO);
  const auto tell = [&](const DrillStep& step) {
    if (options.json) return;
    fmt::print("{}", drill_step_line(step, coloured));
    std::fflush(stdout);
  };
  if (!options.json) fmt::print("{}", drill_heading(report));
  std::fflush(stdout);
  DrillRun run(wish, options.configuration, archive, policy, place, report, tell, interrupted);
  if (const auto ran = run.run(); !ran) {
    if (!interrupted) return std::unexpected(ran.error());
    return fail(ErrorKind::transient, "interrupted",
                "Nothing is left of the copy. The archive is as it was.");
  }
  report.ended = now();
  if (report.backup) audit.about(report.backup->id);

  const std::string page = drill_page(report);
  const auto stored = store_drill(*archive.context.store, archive.names, sealing, {report, page});
  if (options.json) {
    fmt::print("{}", json_text(report));
  } else {
    fmt::print(
        "{}{}", drill_verdict(report),
        next_command(report, stored.has_value(), TRY(options.configuration.arguments_given())));
  }
  std::fflush(stdout);
  TRY(write_report(options.report, report, page));
  if (!stored) return std::unexpected(stored.error().within("the report was not stored"));
  warn_of_missing_signature(configuration, sealing);
  return report.passed();
}

}  // namespace

CommandBody add_drill(CLI::App& app) {
  auto options = std::make_shared<DrillOptions>(app);
  app.add_option("--target-time", options->target_time,
                 "Restore to this moment (default: the newest archived WAL)");
  app.add_flag("--random", options->random, "Restore to any moment within the recovery window");
  app.add_option("--seed", options->seed, "Of --random: the same seed, the same moment");
  app.add_option("--backup", options->backup,
                 "The backup to start from, or a part of its id (default: the newest that can)");
  app.add_option("--scratch", options->scratch,
                 "An empty directory for the copy (default: directory below [drill])");
  app.add_option("--report", options->report,
                 "Write the report into this directory too, as JSON and HTML, unsealed");
  app.add_option("--deadline", options->deadline,
                 "Of the recovery, and of the checks (default: four times the rto, or 24h)");
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--keep-copy", options->keep_copy, "Leave the copy, stopped, where it is");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return alarmed(app, options->configuration,
                 audited(app, options->configuration, kAuditWithKey,
                         [options](Audit& audit) { return drill(*options, audit); }));
}

}  // namespace walden
