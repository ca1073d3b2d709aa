#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "common/archive/cluster_marker.h"
#include "common/postgres/control_file.h"
#include "common/postgres/replication_connection.h"
#include "common/program/configuration.h"
#include "common/program/configured_store.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/store/open_store.h"

namespace walden {
namespace {

struct InitOptions {
  explicit InitOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string connection;
  std::string pgdata;
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

Result<bool> init(const InitOptions& options) {
  const Configuration configuration = TRY(options.configuration.load());
  const std::uint64_t identifier = TRY(system_identifier(options));
  const ClusterMarker marker{.cluster = configuration.cluster,
                             .system_identifier = identifier,
                             .created = iso_time(now())};
  TRY(create_store_root(configuration.store));
  const auto store = TRY(open_configured_store(configuration, kStorePatience));
  TRY(warn_of_overwriting(*store, configuration));
  TRY(create_marker(*store, marker));
  fmt::print(
      "{} is set up for {} (system {}).\n\n"
      "Next, in postgresql.conf:   archive_mode = on\n"
      "                            archive_command = 'wal-push %p %f'\n"
      "then restart the server and take the first backup:   basebackup push\n",
      store->describe(), marker.cluster, marker.system_identifier);
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
  return [options] { return init(*options); };
}

}  // namespace walden
