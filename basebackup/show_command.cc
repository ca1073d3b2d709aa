#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/audited.h"
#include "basebackup/catalog.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/shown_backup.h"
#include "common/archive/list_until.h"

namespace walden {
namespace {

struct ShowOptions {
  explicit ShowOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string backup;
  std::uint64_t system_id = 0;
  bool json = false;
};

Result<CatalogEntry> choose(const Context& context, const ObjectNames& names,
                            const Opening& opening, const std::string& wanted) {
  Catalog catalog = TRY(read_catalog(*context.store, names, opening));
  if (!wanted.empty()) return find_backup(catalog, wanted);
  if (!catalog.backups.empty()) return std::move(catalog.backups.back());
  return fail(
      ErrorKind::absent,
      fmt::format("there is no backup of {} in {}", names.cluster(), context.store->describe()),
      "Take one with basebackup push.");
}

Result<BackupSummary> summary_of(const CatalogEntry& entry) {
  if (entry.summary) return *entry.summary;
  if (!entry.damaged.empty()) return fail(ErrorKind::corrupt, entry.damaged);
  return fail(ErrorKind::configuration, entry.sealed, entry.remedy);
}

// Listed, not asked for one by one: a backup of hours needs thousands.
Result<std::uint64_t> count_present(Store& store, const ObjectNames& names,
                                    const WalNeeded& needed) {
  const std::string first =
      names.wal(segment_name(needed.timeline, needed.first, needed.segment_size));
  const std::string last =
      names.wal(segment_name(needed.timeline, needed.last, needed.segment_size));
  std::uint64_t present = 0;
  const auto begin = store.stat(first);
  if (begin) ++present;
  if (!begin && begin.error().kind != ErrorKind::absent) return std::unexpected(begin.error());
  TRY(list_until(store, {names.wal_prefix(needed.timeline), first},
                 [&](const ObjectEntry& entry) -> Result<bool> {
                   if (entry.name > last) return false;
                   const auto name = WalName::parse(
                       std::string_view(entry.name).substr(entry.name.rfind('/') + 1));
                   if (name && name->kind == WalFileKind::segment) ++present;
                   return true;
                 }));
  return present;
}

Result<bool> show(const ShowOptions& options) {
  const Context context = TRY(open_context(options.configuration));
  const Opening opening = TRY(load_opening(context.configuration));
  const std::string& cluster = context.configuration.cluster;
  const ObjectNames names(
      cluster, TRY(choose_system_identifier(*context.store, cluster,
                                            context.marker.system_identifier, options.system_id)));
  const CatalogEntry entry = TRY(choose(context, names, opening, options.backup));
  ShownBackup shown;
  shown.store = context.store->describe();
  shown.options = TRY(options.configuration.arguments_given());
  shown.summary = TRY(summary_of(entry));
  const BackupSummary& backup = shown.summary;
  shown.wal = wal_needed(backup.timeline, backup.start, backup.stop, backup.segment_size);
  shown.wal_present = TRY(count_present(*context.store, names, shown.wal));
  auto server = read_server_record(*context.store, names, backup.id, opening);
  if (server) {
    shown.server = std::move(*server);
  } else if (server.error().kind == ErrorKind::absent) {
    shown.server_unknown = "nothing was recorded with this backup";
  } else {
    return std::unexpected(server.error());
  }
  if (options.json) {
    fmt::print("{}\n",
               show_json(shown).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}", show_text(shown));
  }
  return true;
}

}  // namespace

CommandBody add_show(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>(app);
  app.add_option("ID", options->backup, "The backup, or a part of its id (default: the newest)");
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return audited(app, options->configuration, kAuditOfReading,
                 [options](Audit&) { return show(*options); });
}

}  // namespace walden
