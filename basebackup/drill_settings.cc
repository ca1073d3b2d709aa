#include <fmt/format.h>

#include "basebackup/drill_server.h"

namespace walden {
namespace {

constexpr int kStatisticsInMemory = 150000;
constexpr int kEventTriggersCanBeOff = 170000;

}  // namespace

std::vector<std::string> drill_settings(const DrillPlace& place, bool has_settings, int version) {
  std::vector<std::string> settings = {
      // Nothing from outside comes in …
      "listen_addresses=", "port=5432",
      fmt::format("unix_socket_directories=\"{}\"", place.sockets().string()),
      "unix_socket_permissions=0700", "unix_socket_group=", "ssl=off",
      "hba_file=" + place.file("pg_hba.conf").string(),
      "ident_file=" + place.file("pg_ident.conf").string(),
      // … nothing goes out: no WAL into the source's archive, no slot of a publisher's is moved on,
      // no job is run twice: nothing that a library would start by itself is started …
      "archive_mode=off", "archive_command=", "recovery_end_command=", "archive_cleanup_command=",
      "primary_conninfo=", "max_logical_replication_workers=0", "max_worker_processes=0",
      "external_pid_file=", "logging_collector=off", "log_destination=stderr",
      // … and it neither waits for standbys that it has not got nor hides what goes wrong.
      "synchronous_standby_names=", "recovery_min_apply_delay=0", "restart_after_crash=off",
      "default_transaction_read_only=off", "huge_pages=try", "autovacuum=off", "lc_messages=C",
      "log_min_messages=warning", "log_line_prefix=%m [%p] "};
  // A standby would have to have at least the source's max_worker_processes, max_connections and
  // the like; a recovery that takes no connections need not.
  settings.emplace_back("hot_standby=off");
  // Until 14 they are files, and the source's settings may name a folder outside of the copy.
  if (version < kStatisticsInMemory) settings.emplace_back("stats_temp_directory=pg_stat_tmp");
  // Also those that a connection sets off.
  if (version >= kEventTriggersCanBeOff) settings.emplace_back("event_triggers=off");
  if (has_settings) return settings;
  // The source's settings are not in its data directory, as on Debian: nobody here knows them.
  settings.push_back("config_file=" + place.file("postgresql.conf").string());
  settings.push_back("data_directory=" + place.pgdata().string());
  settings.emplace_back("max_prepared_transactions=1000");
  settings.emplace_back("max_locks_per_transaction=1024");
  return settings;
}

}  // namespace walden
