#include "basebackup/drill_server.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "basebackup/drill_log.h"
#include "common/bytes/files.h"
#include "common/postgres/server_query.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds kAnswer{60};
constexpr seconds kRefusal{10};
constexpr std::chrono::minutes kStop{10};
constexpr auto kBetweenLooks = std::chrono::milliseconds(100);
constexpr const char* kLog = "server.log";

std::string conninfo_word(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

// Role and database may have settings of their own; those of a connection go before them.
constexpr const char* kNoTimeouts =
    "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0";
// A table public.pg_class must not stand before the catalog's.
constexpr const char* kCatalogOnly = " -c search_path=";

std::string conninfo_for(const DrillPlace& place, const std::string& user,
                         const std::string& database, const std::string& options) {
  return fmt::format("host={} port=5432 user={} dbname={} options={}",
                     conninfo_word(place.sockets().string()), conninfo_word(user),
                     conninfo_word(database), conninfo_word(options));
}

std::string conninfo_to_ask(const DrillPlace& place, const std::string& user,
                            const std::string& database) {
  return conninfo_for(place, user, database, std::string(kNoTimeouts) + kCatalogOnly);
}

Result<> write_for_server(const DrillPlace& place, const std::string& name,
                          std::string_view content) {
  const fs::path path = place.file(name);
  std::ofstream file(path, std::ios::trunc);
  file << content << std::flush;
  if (!file) return fail_errno("write", path.string(), errno);
  const auto& user = place.user();
  if (user && ::chown(path.c_str(), user->user, user->group) != 0) {
    return fail_errno("give away", path.string(), errno);
  }
  return {};
}

std::optional<Instant> instant_of(const std::optional<std::string>& microseconds) {
  if (!microseconds) return std::nullopt;
  Instant time;
  const char* const end = microseconds->data() + microseconds->size();
  if (std::from_chars(microseconds->data(), end, time.microseconds).ptr != end) {
    return std::nullopt;
  }
  return time;
}

// The bootstrap superuser has any name; most often one of these.
std::vector<std::string> likely_superusers(const DrillPlace& place) {
  std::vector<std::string> names = {"postgres"};
  if (place.user()) names.push_back(place.user()->name);
  for (const char* variable : {"PGUSER", "USER"}) {
    const char* const name = std::getenv(variable);
    if (name != nullptr && *name != '\0') names.emplace_back(name);
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<DrillServer>> DrillServer::start(const DrillServerSetup& setup,
                                                        const std::atomic<bool>& cancel) {
  std::unique_ptr<DrillServer> server(new DrillServer(setup, cancel));
  TRY(write_for_server(setup.place, "pg_hba.conf", "local all all trust\n"));
  TRY(write_for_server(setup.place, "pg_ident.conf", ""));
  if (!setup.has_settings) TRY(write_for_server(setup.place, "postgresql.conf", ""));
  TRY(server->launch());
  return server;
}

Result<> DrillServer::launch() {
  ProgramCall call{
      .argv = {setup_.programs.program("postgres"), "-D", setup_.place.pgdata().string()},
      .user = setup_.place.user(),
      .directory = setup_.place.path(),
      .output = setup_.place.file(kLog),
      .last_signal = SIGQUIT};
  for (auto& setting : drill_settings(setup_.place, setup_.has_settings, setup_.programs.version)) {
    call.argv.insert(call.argv.end(), {"-c", std::move(setting)});
  }
  if (!missing_.empty()) call.argv.insert(call.argv.end(), {"-c", "shared_preload_libraries="});
  process_.emplace(TRY(ServerProgram::start(call)));
  return {};
}

Result<> DrillServer::wait_until_open(Clock::time_point deadline) {
  for (;;) {
    if (cancel_) return fail(ErrorKind::usage, "interrupted");
    if (process_->ended()) {
      if (!retry_without_libraries()) return has_ended();
      TRY(launch());
    }
    if (TRY(is_open())) return {};
    if (Clock::now() > deadline) {
      return fail(ErrorKind::transient,
                  "the server was not open for writing when the drill's deadline had passed",
                  "Give it longer with --deadline, or see what it waits for in its log.");
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

bool DrillServer::retry_without_libraries() {
  if (!missing_.empty()) return false;
  missing_ = missing_libraries_in(log_end());
  if (missing_.empty()) return false;
  process_.reset();
  return true;
}

// Whom to be is found out with the first connection.
Result<bool> DrillServer::is_open() {
  const auto names =
      user_.empty() ? likely_superusers(setup_.place) : std::vector<std::string>{user_};
  std::optional<Error> refused;
  for (const auto& name : names) {
    auto session =
        open_server_session(conninfo_to_ask(setup_.place, name, "template1"), SessionKind::queries);
    if (!session && session.error().kind == ErrorKind::transient) return false;
    if (!session) {
      if (!refused) refused = session.error();
      continue;
    }
    const auto rows =
        query_server(*session, "ask the restored server for its state",
                     "select pg_is_in_recovery(), rolsuper from pg_roles where rolname = "
                     "current_user",
                     2, kAnswer);
    if (!rows) return false;  // it may be going down: process_ tells
    if (rows->size() != 1 || rows->at(0).at(1) != "t") continue;
    TRY(check_identity(*session));
    refused_since_.reset();
    user_ = name;
    return rows->at(0).at(0) == "f";
  }
  // A server that is just opening refuses too: believed is what lasts.
  const auto now = Clock::now();
  if (!refused_since_) refused_since_ = now;
  if (now - *refused_since_ < kRefusal) return false;
  if (refused) return std::unexpected(*refused);
  return fail(ErrorKind::configuration,
              "the name of a superuser of the restored server is not known", "Say it with PGUSER.");
}

// Everything that follows would be worthless if it were another server that answers.
Result<> DrillServer::check_identity(const ServerSession& session) {
  const auto rows =
      TRY(query_server(session, "ask the restored server who it is",
                       "select system_identifier::text, current_setting('data_directory')"
                       " from pg_control_system()",
                       2, kAnswer));
  std::error_code error;
  if (rows.size() == 1 && rows[0][0] == std::to_string(setup_.system_identifier) && rows[0][1] &&
      fs::equivalent(*rows[0][1], setup_.place.pgdata(), error)) {
    return {};
  }
  return fail(ErrorKind::corrupt, "another server answers than the one that was restored");
}

Result<DrillServer::Recovered> DrillServer::recovered() {
  const auto session = TRY(connect("template1"));
  const auto rows = TRY(
      query_server(session, "ask the restored server what it has recovered",
                   "select pg_last_wal_replay_lsn()::text,"
                   " (extract(epoch from pg_last_xact_replay_timestamp()) * 1000000)::bigint::text,"
                   " current_setting('data_checksums')",
                   3, kAnswer));
  if (rows.size() != 1) return fail(ErrorKind::corrupt, "the restored server does not answer");
  return Recovered{.replayed_to = rows[0][0].value_or(""),
                   .last_commit = instant_of(rows[0][1]),
                   .checksums = rows[0][2] == "on"};
}

Result<std::vector<std::string>> DrillServer::databases() {
  const auto session = TRY(connect("template1"));
  const auto rows = TRY(query_server(
      session, "ask the restored server for its databases",
      "select datname from pg_database where datallowconn order by datname", 1, kAnswer));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row[0].value_or(""));
  return names;
}

Result<ServerSession> DrillServer::connect(const std::string& database) {
  return open_server_session(conninfo_to_ask(setup_.place, user_, database), SessionKind::queries);
}

Result<ServerSession> DrillServer::connect_as_people_do(const std::string& database) {
  return open_server_session(conninfo_for(setup_.place, user_, database, kNoTimeouts),
                             SessionKind::queries);
}

Result<> DrillServer::stop() {
  process_->send(SIGINT);
  static const std::atomic<bool> never{false};
  if (!process_->wait(Clock::now() + kStop, never)) {
    return fail(ErrorKind::transient, "the server did not stop within 10 minutes");
  }
  if (process_->exit_code() == 0) return {};
  return has_ended();
}

std::vector<std::string> DrillServer::log_end() const {
  return end_of_log(setup_.place.file(kLog));
}

std::unexpected<Error> DrillServer::has_ended() const {
  const std::string reason = reason_in_log(log_end());
  return fail(ErrorKind::corrupt,
              reason.empty()
                  ? fmt::format("the server ended with exit code {}", process_->exit_code())
                  : "the server stopped: " + reason,
              "");
}

}  // namespace walden
