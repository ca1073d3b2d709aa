#include "tests/scenarios/archived_cluster.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "tests/scenarios/verified_copy.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

// pg_verifybackup, where there is one that reads this version's manifest: the npm packages have
// none, and Debian's of 15 does not know what 17 writes.
std::optional<fs::path> backup_judge() {
  constexpr int kNewManifest = 170000;
  const fs::path own = postgres_program("pg_verifybackup");
  if (fs::exists(own)) return own;
  const fs::path of_15 = "/usr/lib/postgresql/15/bin/pg_verifybackup";
  if (postgres_version() < kNewManifest && fs::exists(of_15)) return of_15;
  return std::nullopt;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

ArchivedCluster::ArchivedCluster(const ClusterSetup& setup) {
  give_to_server_user(folder_.path());
  store_ = make_archive_store(folder_.path());
  restoring_host_ = {{"WALDEN_CLUSTER", "orders"}};
  for (const auto& [key, value] : store_->settings()) {
    restoring_host_["WALDEN_" + upper_case(key)] = value;
  }
  if (setup.sealed) make_keys();
  write_primary_settings();
  start_primary(setup.server);
  primary_->sql("create table moments (n serial, label text)");
}

void ArchivedCluster::make_keys() {
  const auto key = must_succeed(basebackup({"keygen", folder_ / "secret.key"}));
  recipient_ = first_line(key.out);
  const auto signer = must_succeed(basebackup({"keygen", "--signing", folder_ / "signing.key"}));
  restoring_host_["WALDEN_KEY_FILE"] = folder_ / "secret.key";
  restoring_host_["WALDEN_TRUSTED_SIGNERS"] = first_line(signer.out);
}

void ArchivedCluster::write_primary_settings() {
  std::ofstream file(folder_ / "primary.toml");
  file << "cluster = \"orders\"\n"
       << "state_directory = \"" << (folder_ / "state").string() << "\"\n";
  for (const auto& [key, value] : store_->settings()) {
    file << key << " = \"" << value << "\"\n";
  }
  if (recipient_.empty()) return;
  file << "recipients = [\"" << recipient_ << "\"]\n"
       << "signing_key_file = \"" << (folder_ / "signing.key").string() << "\"\n";
}

void ArchivedCluster::start_primary(const ServerOptions& options) {
  primary_ = std::make_unique<PostgresServer>(options);
  must_succeed(basebackup_on_primary({"init", "--pgdata", primary_->pgdata()}));
  primary_->set("archive_mode", "on");
  primary_->set("archive_command", program_for_server_user("wal-push") + " --config " +
                                       (folder_ / "primary.toml").string() + " %p %f");
  primary_->start();
  system_identifier_ = primary_->system_identifier();
}

std::string ArchivedCluster::segment_object(const std::string& segment) const {
  return "orders/" + system_identifier_ + "/wal/" + segment.substr(0, 8) + "/" +
         segment.substr(8, 8) + "/" + segment;
}

std::string ArchivedCluster::history_object(const std::string& timeline) const {
  return "orders/" + system_identifier_ + "/wal/" + timeline + ".history";
}

std::string ArchivedCluster::backup_object(const std::string& id, const std::string& name) const {
  return "orders/" + system_identifier_ + "/backup/" + id + (id.empty() ? "" : "/") + name;
}

fs::path ArchivedCluster::new_folder(const std::string& name) const {
  fs::create_directory(folder_ / name);
  give_to_server_user(folder_ / name);
  return folder_ / name;
}

Command ArchivedCluster::basebackup_on_primary(const Arguments& arguments) const {
  Command command{.argv = {program_for_server_user("basebackup")}};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment["WALDEN_CONFIG"] = folder_ / "primary.toml";
  return as_server_user(command);
}

Command ArchivedCluster::basebackup(const Arguments& arguments) const {
  Command command{.argv = {program_for_server_user("basebackup")}, .environment = restoring_host_};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return as_server_user(command);
}

Command ArchivedCluster::restore_command(const fs::path& pgdata, const Arguments& arguments) const {
  Arguments all = {"restore", "--pgdata", pgdata};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return basebackup(all);
}

std::string ArchivedCluster::take_backup(const Arguments& arguments) {
  Arguments all = {"push", "--connection", primary_->conninfo()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto outcome = must_succeed(basebackup_on_primary(all));
  std::string id = outcome.out.substr(0, outcome.out.find(" is complete"));
  return id.substr(id.find(' ') + 1);
}

std::unique_ptr<PostgresServer> ArchivedCluster::restored_copy(const Arguments& arguments) {
  const fs::path pgdata = folder_ / ("restored-" + std::to_string(++copies_));
  must_succeed(restore_command(pgdata, arguments));
  if (const auto judge = backup_judge()) {
    must_succeed(as_server_user({.argv = {*judge, "--no-parse-wal", pgdata.string()}}));
  } else {
    must_fit_server_manifest(pgdata);
  }
  return std::make_unique<PostgresServer>(pgdata);
}

std::unique_ptr<PostgresServer> ArchivedCluster::restored(const Arguments& arguments) {
  auto server = restored_copy(arguments);
  server->start();
  return server;
}

Moment commit(PostgresServer& server, const std::string& row) {
  Moment moment;
  moment.xid = server.value("insert into moments (label) values ('" + row +
                            "') returning pg_current_xact_id()");
  moment.time = server.value(
      "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US\"+00\"')");
  moment.restore_point = "after_" + row;
  server.sql("select pg_create_restore_point('" + moment.restore_point + "')");
  moment.lsn = server.current_lsn();
  return moment;
}

void make_standby(PostgresServer& server) {
  fs::remove(server.pgdata() / "recovery.signal");
  std::ofstream(server.pgdata() / "standby.signal").flush();
  give_to_server_user(server.pgdata() / "standby.signal");
}

std::string rows(PostgresServer& server) {
  return server.value("select coalesce(string_agg(label, ' ' order by n), '') from moments");
}

Outcome must_succeed(const Command& command) {
  Outcome outcome = run(command);
  if (outcome.exit_code == 0) return outcome;
  std::string text = "exit code " + std::to_string(outcome.exit_code) + " of";
  for (const auto& word : command.argv) text += " " + word;
  throw std::runtime_error(text + "\n" + outcome.out + outcome.err);
}

}  // namespace walden::testing
