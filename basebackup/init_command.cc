#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "basebackup/commands.h"
#include "common/archive/cluster_marker.h"
#include "common/postgres/control_file.h"
#include "common/postgres/replication_connection.h"
#include "common/program/configuration.h"
#include "common/program/human.h"
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

Result<bool> init(const InitOptions& options) {
  const Configuration configuration = TRY(options.configuration.load());
  const std::uint64_t identifier = TRY(system_identifier(options));
  const ClusterMarker marker{.cluster = configuration.cluster,
                             .system_identifier = identifier,
                             .created = iso_time(now())};
  TRY(create_store_root(configuration.store));
  const auto store = TRY(open_store(configuration.store));
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
