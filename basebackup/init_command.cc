#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "basebackup/archived_before.h"
#include "basebackup/audited.h"
#include "basebackup/check_space.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/postgres/control_file.h"
#include "common/postgres/replication_connection.h"
#include "common/program/configuration.h"
#include "common/program/configured_store.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/store/directory_store.h"
#include "common/store/open_store.h"

namespace walden {
namespace {

struct InitOptions {
  explicit InitOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string connection;
  std::string pgdata;
  bool new_archive = false;
};

Result<std::uint64_t> system_identifier(const InitOptions& options) {
  if (!options.pgdata.empty()) {
    return TRY(read_control_file(options.pgdata)).system_identifier;
  }
  auto connection = TRY(ReplicationConnection::open(options.connection));
  return TRY(connection.identify_system()).system_identifier;
}

// Asked once, here: that objects are created once and never overwritten is the server's promise.
Result<> warn_of_overwriting(Store& store, const Configuration& configuration) {
  auto* bucket = dynamic_cast<S3Store*>(&store);
  if (bucket == nullptr) return {};
  if (configuration.s3_create == "checked") {
    say("basebackup",
        "s3_create is \"checked\": of two hosts that store under one name at the same moment, the "
        "second overwrites the first");
    return {};
  }
  if (TRY(bucket->refuses_to_overwrite())) return {};
  return fail(
      ErrorKind::configuration,
      fmt::format("{} does not refuse to overwrite an object (If-None-Match is not honoured)",
                  store.describe()),
      "Nothing was set up. Set s3_create = \"checked\" (docs/s3.md says what is lost), then "
      "run it again");
}

// PostgreSQL never runs as root, and what root makes here is closed to everyone else.
Result<> refuse_root(const Store& store) {
  if (!store.may_be_unmounted() || ::geteuid() != 0) return {};
  return fail(
      ErrorKind::denied,
      fmt::format("as root, {} would be set up so that PostgreSQL's user cannot write to it",
                  store.describe()),
      "Run it as the user that PostgreSQL runs as: sudo -u postgres basebackup init");
}

Result<std::optional<std::string>> sign_of_archive(const InitOptions& options) {
  if (!options.pgdata.empty()) return sign_of_archive_in(options.pgdata);
  auto sign = sign_of_archive_at(options.connection);
  if (sign || sign.error().kind != ErrorKind::denied) return sign;
  // A role for backups may be allowed no queries at all.
  say("basebackup", fmt::format("whether this server has archived WAL before was not asked: {}",
                                sign.error().cause));
  return std::nullopt;
}

// The commonest reason for an archive that is not found is a file system that is not mounted.
Result<> refuse_second_archive(Store& store, const std::string& cluster,
                               const InitOptions& options) {
  TRY(check_cluster_name(cluster));
  const auto marker = store.stat(marker_name(cluster));
  if (marker || options.new_archive) return {};
  const auto kind = marker.error().kind;
  const bool not_found = kind == ErrorKind::absent || kind == ErrorKind::configuration;
  if (!not_found) return std::unexpected(marker.error());
  const auto sign = TRY(sign_of_archive(options));
  if (!sign) return {};
  return fail(ErrorKind::configuration,
              fmt::format("{} has no archive of cluster \"{}\", but this server {}",
                          store.describe(), cluster, *sign),
              fmt::format("{} Nothing was set up; a new archive: basebackup init --help",
                          how_to_find_archive(store)));
}

std::string place_of(const Store& store) {
  const auto* directory = dynamic_cast<const DirectoryStore*>(&store);
  if (directory == nullptr) return {};
  return fmt::format("It lies on the file system that is mounted at {}.\n",
                     mount_point_of(directory->root()).native());
}

Result<bool> init(const InitOptions& options) {
  const Configuration configuration = TRY(options.configuration.load());
  const auto store = TRY(open_configured_store(configuration, kStorePatience));
  TRY(refuse_root(*store));
  const std::uint64_t identifier = TRY(system_identifier(options));
  TRY(refuse_second_archive(*store, configuration.cluster, options));
  const ClusterMarker marker{.cluster = configuration.cluster,
                             .system_identifier = identifier,
                             .created = iso_time(now())};
  TRY(create_store_root(configuration.store));
  TRY(warn_of_overwriting(*store, configuration));
  TRY(create_marker(*store, marker));
  fmt::print(
      "{} is set up for {} (system {}).\n{}\n"
      "Next, in postgresql.conf:   archive_mode = on\n"
      "                            archive_command = 'wal-push %p %f'\n"
      "then restart the server and take the first backup:   basebackup push\n",
      store->describe(), marker.cluster, marker.system_identifier, place_of(*store));
  return true;
}

}  // namespace

CommandBody add_init(CLI::App& app) {
  auto options = std::make_shared<InitOptions>(app);
  app.add_option("--connection", options->connection,
                 "How to reach the server, as libpq's conninfo (default: the PG* variables)");
  app.add_option(
      "--pgdata", options->pgdata,
      "Read the system identifier from this data directory instead of asking the server");
  app.add_flag("--new-archive", options->new_archive,
               "Begin an empty archive even for a server that has archived WAL before: only when "
               "its archive is neither unmounted nor elsewhere");
  return audited(app, options->configuration, kAuditOfWriting,
                 [options](Audit&) { return init(*options); });
}

}  // namespace walden
