#include "tests/support/postgres_server.h"

#include <libpq-fe.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/support/postgres_template.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

// Its standard output is the folder, or its standard error the reason why there is none.
const Outcome& fetched_version(const std::string& version) {
  static const Outcome outcome = run({.argv = {WALDEN_POSTGRES_VERSIONS, "where", version}});
  return outcome;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

fs::path program_folder() {
  if (const char* chosen = std::getenv("WALDEN_PG_BIN")) return chosen;
  if (const char* version = std::getenv("WALDEN_TEST_POSTGRES")) {
    return first_line(fetched_version(version).out);
  }
  fs::path newest;
  int newest_version = 0;
  std::error_code none;  // no such folder: nothing is found, and the caller says so
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > newest_version && fs::exists(entry.path() / "bin/postgres")) {
      newest_version = version;
      newest = entry.path() / "bin";
    }
  }
  return newest;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Connection connect(const std::string& conninfo) {
  return {PQconnectdb((conninfo + " connect_timeout=10").c_str()), &PQfinish};
}

PostgresServer::Rows rows_of(const PGresult* result) {
  PostgresServer::Rows rows(static_cast<std::size_t>(PQntuples(result)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      rows[row].emplace_back(PQgetvalue(result, static_cast<int>(row), column));
    }
  }
  return rows;
}

std::string tail(const std::string& text) {
  constexpr std::size_t kEnough = 4000;
  return text.size() <= kEnough ? text : "..." + text.substr(text.size() - kEnough);
}

}  // namespace

std::optional<std::string> postgres_is_missing() {
  const fs::path folder = program_folder();
  if (const char* version = std::getenv("WALDEN_TEST_POSTGRES"); version && folder.empty()) {
    return first_line(fetched_version(version).err);
  }
  if (folder.empty()) return "no PostgreSQL below /usr/lib/postgresql; WALDEN_PG_BIN is not set";
  if (fs::exists(folder / "postgres")) return std::nullopt;
  return "no PostgreSQL in WALDEN_PG_BIN, " + folder.string();
}

std::string postgres_program(const std::string& name) {
  return program_folder() / name;
}

int postgres_version() {
  const Outcome outcome = run({.argv = {postgres_program("postgres"), "--version"}});
  int major = 0;
  int minor = 0;
  const auto number = outcome.out.find_first_of("0123456789");
  if (number == std::string::npos ||
      std::sscanf(outcome.out.c_str() + number, "%d.%d", &major, &minor) != 2) {
    throw std::runtime_error("postgres --version says " + outcome.out + outcome.err);
  }
  return major * 10000 + minor;
}

PostgresServer::PostgresServer(const ServerOptions& options) {
  prepare_folder();
  pgdata_ = folder_ / "data";
  make_data_directory(pgdata_, options);
  // Autovacuum's own transactions would move what the tests count and time.
  set("autovacuum", "off");
  set("shared_buffers", "16MB");
  set("log_line_prefix", "%m [%p] ");
  for (const auto& [name, value] : options.settings) set(name, value);
}

PostgresServer::PostgresServer(fs::path data_directory) : pgdata_(std::move(data_directory)) {
  prepare_folder();
}

PostgresServer::~PostgresServer() {
  if (!process_) return;
  process_->send_signal(SIGQUIT);  // immediate shutdown; takes the archiver's children along
  (void)process_->wait(seconds(20));
}

void PostgresServer::prepare_folder() {
  fs::create_directory(folder_ / "socket");
  std::ofstream(folder_ / "log").flush();
  for (const auto& path : {folder_.path(), folder_ / "socket", folder_ / "log"}) {
    give_to_server_user(path);
  }
  if ((folder_ / "socket").string().size() > 90) {
    throw std::runtime_error("TMPDIR is too long for a socket: " + folder_.path().string());
  }
}

void PostgresServer::set(const std::string& name, const std::string& value) {
  std::string quoted;
  for (const char c : value) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  std::ofstream(pgdata_ / "postgresql.conf", std::ios::app) << name << " = '" << quoted << "'\n";
}

void PostgresServer::begin() {
  // On the command line, so that a restored data directory does not use its source's socket.
  const std::string script =
      "exec \"$1\" -D \"$2\" -c listen_addresses= -c unix_socket_directories=\"$3\""
      " -c fsync=off -c logging_collector=off >>\"$4\" 2>&1";
  process_ = std::make_unique<RunningProcess>(
      as_server_user_with_us({.argv = {"sh", "-c", script, "sh", postgres_program("postgres"),
                                       pgdata_.string(), folder_ / "socket", folder_ / "log"},
                              .environment = {{"LC_ALL", "C"}}},
                             "QUIT"));
}

void PostgresServer::start() {
  begin();
  const bool settled = eventually([&] { return accepts_connections() || !running(); }, seconds(60));
  if (!settled || !running()) give_up("the server does not accept connections");
}

int PostgresServer::start_until_end() {
  begin();
  return wait_until_ended();
}

int PostgresServer::wait_until_ended() {
  if (!eventually([&] { return !running(); }, seconds(90))) {
    give_up("the server was to stop by itself");
  }
  const auto outcome = std::exchange(process_, nullptr)->wait();
  return outcome.exit_code;
}

void PostgresServer::stop(const std::string& mode) {
  if (!process_) return;
  process_->send_signal(mode == "immediate" ? SIGQUIT : mode == "smart" ? SIGTERM : SIGINT);
  const auto outcome = process_->wait(seconds(60));
  process_.reset();
  if (outcome.timed_out) give_up("the server did not stop");
}

void PostgresServer::restart() {
  stop();
  start();
}

void PostgresServer::reload() {
  process_->send_signal(SIGHUP);
}

void PostgresServer::promote() {
  if (value("select pg_promote(true, 60)") != "t") give_up("the server was not promoted");
  wait_until_open();
}

void PostgresServer::wait_until_open() {
  const auto open = [&] { return !running() || value("select pg_is_in_recovery()") == "f"; };
  if (!eventually(open, seconds(60)) || !running()) give_up("recovery did not end");
}

void PostgresServer::wait_until_paused() {
  const auto paused = [&] {
    return !running() || value(
                             "select case when pg_is_in_recovery()"
                             " then pg_get_wal_replay_pause_state() end") == "paused";
  };
  if (!eventually(paused, seconds(60)) || !running()) give_up("recovery did not pause");
}

bool PostgresServer::running() {
  if (!process_) return false;
  siginfo_t state{};
  if (::waitid(P_PID, static_cast<id_t>(process_->pid()), &state, WEXITED | WNOHANG | WNOWAIT) !=
      0) {
    return false;
  }
  return state.si_pid == 0;
}

bool PostgresServer::accepts_connections() const {
  return PQping(conninfo().c_str()) == PQPING_OK;
}

PostgresServer::Rows PostgresServer::sql(const std::string& text) {
  const auto connection = connect(conninfo() + " options='-c statement_timeout=90s'");
  if (PQstatus(connection.get()) != CONNECTION_OK) give_up(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), text.c_str()),
                                                             &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    give_up(text + ": " + PQerrorMessage(connection.get()));
  }
  return rows_of(result.get());
}

std::string PostgresServer::value(const std::string& text) {
  const auto rows = sql(text);
  if (rows.empty() || rows[0].empty()) give_up(text + ": no rows");
  return rows[0][0];
}

std::string PostgresServer::current_lsn() {
  return value("select pg_current_wal_insert_lsn()");
}

std::string PostgresServer::system_identifier() {
  return value("select system_identifier from pg_control_system()");
}

std::string PostgresServer::switch_wal() {
  return value("select pg_walfile_name(pg_switch_wal())");
}

std::string PostgresServer::archive_current_segment() {
  const auto segment = switch_wal();
  wait_until_archived(segment);
  return segment;
}

void PostgresServer::wait_until_archived(const std::string& wal_file) {
  const fs::path status = pgdata_ / "pg_wal/archive_status";
  const auto archived = [&] {
    if (fs::exists(status / (wal_file + ".done"))) return true;
    // Recycled after it was archived: neither the file nor its status is left.
    return !fs::exists(status / (wal_file + ".ready")) &&
           !fs::exists(pgdata_ / "pg_wal" / wal_file);
  };
  if (!eventually(archived, seconds(60))) give_up(wal_file + " was not archived");
}

std::string PostgresServer::conninfo() const {
  return "host=" + (folder_ / "socket").string() + " port=5432 user=postgres dbname=postgres";
}

std::string PostgresServer::log() const {
  return read_text(folder_ / "log");
}

void PostgresServer::give_up(const std::string& what) const {
  throw std::runtime_error(what + "\n--- the server's log ends:\n" + tail(log()));
}

}  // namespace walden::testing
