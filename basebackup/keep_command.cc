#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "basebackup/audited.h"
#include "basebackup/catalog.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/keep_marks.h"
#include "common/program/human.h"

namespace walden {
namespace {

struct KeepOptions {
  explicit KeepOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string backup;
  std::string until;
  std::string reason;
  bool forever = false;
  bool keep = true;
  std::uint64_t system_id = 0;
};

// "2027-01-01" is the whole of that day, UTC.
Result<Instant> parse_until(const std::string& text) {
  constexpr std::size_t kDateLength = 10;
  constexpr std::int64_t kDay = 86'400'000'000;
  if (text.size() == kDateLength) {
    auto day = parse_time(text + " 00:00:00Z");
    if (!day) return std::unexpected(std::move(day).error());
    return Instant{day->time.microseconds + kDay};
  }
  return TRY(parse_time(text)).time;
}

Result<KeepMark> mark_of(const KeepOptions& options, Instant now) {
  KeepMark mark{.keep = options.keep, .until = {}, .reason = options.reason};
  if (!options.keep) return mark;
  if (options.until.empty() == !options.forever) {
    return fail(ErrorKind::usage, "one of --until and --forever must be given");
  }
  if (options.forever) return mark;
  mark.until = TRY(parse_until(options.until));
  if (*mark.until > now) return mark;
  return fail(ErrorKind::usage, fmt::format("{} is over", options.until));
}

Result<bool> keep(const KeepOptions& options, Audit& audit) {
  const KeepMark mark = TRY(mark_of(options, now()));
  const Context context = TRY(open_context(options.configuration));
  const std::string& cluster = context.configuration.cluster;
  const ObjectNames names(
      cluster, TRY(choose_system_identifier(*context.store, cluster,
                                            context.marker.system_identifier, options.system_id)));
  const Opening opening = TRY(load_opening(context.configuration));
  const auto catalog = TRY(read_catalog(*context.store, names, opening));
  const auto entry = TRY(find_backup(catalog, options.backup));
  audit.about(entry.id);
  const Sealing sealing = TRY(load_sealing(context.configuration));
  if (mark.keep) {
    TRY(keep_backup(*context.store, names, entry.id, mark, now(), sealing));
  } else {
    TRY(write_keep_mark(*context.store, names, entry.id, mark, now(), sealing));
  }
  if (!mark.keep) {
    fmt::print("{} is kept no longer than the policy says.\n", entry.id);
  } else if (mark.until) {
    const bool is_day = options.until.size() == std::string_view("2026-11-21").size();
    fmt::print("{} stays until {} UTC.\n", entry.id,
               is_day ? options.until + " has passed," : utc_time(*mark.until));
  } else {
    fmt::print("{} stays until: basebackup unkeep {}\n", entry.id, entry.id);
  }
  return true;
}

void add_common(CLI::App& app, KeepOptions& options) {
  app.add_option("ID", options.backup, "The backup, or a part of its id")->required();
  app.add_option("--reason", options.reason, "Why, for those who read the plan");
  app.add_option("--system-id", options.system_id, "The system identifier, if there are several");
}

}  // namespace

CommandBody add_keep(CLI::App& app) {
  auto options = std::make_shared<KeepOptions>(app);
  add_common(app, *options);
  app.add_option("--until", options->until, "It stays until this day (UTC) has passed");
  app.add_flag("--forever", options->forever, "It stays until unkeep");
  return audited(app, options->configuration, kAuditWithKey,
                 [options](Audit& audit) { return keep(*options, audit); });
}

CommandBody add_unkeep(CLI::App& app) {
  auto options = std::make_shared<KeepOptions>(app);
  options->keep = false;
  add_common(app, *options);
  return audited(app, options->configuration, kAuditWithKey,
                 [options](Audit& audit) { return keep(*options, audit); });
}

}  // namespace walden
