#include "basebackup/drill_checks.h"

#include <fmt/format.h>
#include <signal.h>

#include <thread>

#include "basebackup/drill_log.h"
#include "common/postgres/server_answer.h"
#include "common/postgres/server_query.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

// A server that is busy with one large row says nothing meanwhile.
constexpr seconds kSilence{600};
constexpr std::size_t kMostNames = 5;
constexpr std::size_t kMostShown = 60;

// Tables, materialized views and TOAST by way of them; nothing that lies elsewhere (foreign), holds
// no rows itself (partitioned) or was another session's.
constexpr const char* kTables =
    "select format('%I.%I', n.nspname, c.relname)"
    " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'm') and c.relpersistence <> 't'"
    " and (c.relkind = 'r' or c.relispopulated)"
    " order by 1";

Error too_late() {
  return {ErrorKind::transient, "the drill's deadline passed", "Give it longer with --deadline."};
}

// How many bytes its rows are as text.
Result<std::uint64_t> read_table(const ServerSession& session, const std::string& table,
                                 const DrillChecking& checking) {
  return read_through(session, "read " + table,
                      fmt::format("copy (select * from only {}) to stdout", table),
                      {.deadline = checking.deadline,
                       .silence = kSilence,
                       .too_late = too_late(),
                       .cancel = checking.cancel});
}

class TableReading {
 public:
  TableReading(const DrillChecking& checking, std::vector<DrilledDatabase>& databases)
      : checking_(checking), databases_(databases) {}

  Result<Fact> run() {
    const auto names = checking_.server.databases();
    if (!names) return failing("read", names.error());
    for (const auto& name : *names) TRY(read_database(name));
    return fact();
  }

 private:
  // A session that has failed is of no more use: the rest of the database is read in a new one.
  Result<> read_database(const std::string& name) {
    DrilledDatabase& database = databases_.emplace_back(DrilledDatabase{.name = name});
    auto session = checking_.server.connect(name);
    if (!session) return note(name, session.error());
    const auto tables = query_server(*session, "list the tables", kTables, 1, kSilence);
    if (!tables) return note(name, tables.error());
    for (const auto& row : *tables) {
      const std::string& table = row[0].value();
      const auto bytes = read_table(*session, table, checking_);
      if (bytes) {
        ++database.tables;
        database.bytes += *bytes;
        continue;
      }
      TRY(note(fmt::format("{} in {}", table, name), bytes.error()));
      if (Clock::now() > checking_.deadline) return {};
      session = checking_.server.connect(name);
      if (!session) return note(name, session.error());
    }
    return {};
  }

  Result<> note(const std::string& what, const Error& error) {
    if (checking_.cancel) return fail(ErrorKind::usage, "interrupted");
    ++failures_;
    if (failures_ <= kMostNames) said_ += fmt::format("; {}: {}", what, error.cause);
    return {};
  }

  [[nodiscard]] Fact fact() const {
    std::uint64_t tables = 0;
    std::uint64_t bytes = 0;
    for (const auto& database : databases_) {
      tables += database.tables;
      bytes += database.bytes;
    }
    const std::string read =
        fmt::format("{} in {} were read to the last row, {}", human_count(tables, "table"),
                    human_count(databases_.size(), "database"), human_size(bytes));
    if (failures_ == 0) return good("read", read);
    return failing("read", fmt::format("{} not{}; {}", human_count(failures_), said_, read), "");
  }

  const DrillChecking& checking_;
  std::vector<DrilledDatabase>& databases_;
  std::uint64_t failures_ = 0;
  std::string said_;
};

std::string shown(const std::string& text) {
  return text.size() <= kMostShown ? text : text.substr(0, kMostShown) + "…";
}

// Its own words, which name the relation and the block.
std::string said_by_amcheck(const std::filesystem::path& output) {
  std::string text;
  for (const auto& line : end_of_log(output)) text += (text.empty() ? "" : " ") + line;
  return text;
}

}  // namespace

Result<Fact> read_every_table(const DrillChecking& checking,
                              std::vector<DrilledDatabase>& databases) {
  return TableReading(checking, databases).run();
}

Result<Fact> run_amcheck(const DrillChecking& checking) {
  constexpr const char* kName = "amcheck";
  if (!checking.programs.has("pg_amcheck")) {
    return not_asked(kName,
                     fmt::format("there is no pg_amcheck in {}", checking.programs.folder.string()),
                     "it comes with PostgreSQL 14 and later");
  }
  const auto output = checking.place.file("amcheck.log");
  auto program = ServerProgram::start(
      {.argv = {checking.programs.program("pg_amcheck"), "--all", "--install-missing", "--host",
                checking.place.sockets().string(), "--port", "5432", "--username",
                checking.server.user(), "--maintenance-db", "template1"},
       .user = checking.place.user(),
       .directory = checking.place.path(),
       .output = output,
       .last_signal = SIGTERM});
  if (!program) return failing(kName, program.error());
  if (!program->wait(checking.deadline, checking.cancel)) {
    if (checking.cancel) return fail(ErrorKind::usage, "interrupted");
    return failing(kName, too_late());
  }
  if (program->exit_code() == 0) {
    return good(kName, "pg_amcheck found nothing wrong with tables and B-tree indexes");
  }
  return failing(
      kName,
      fmt::format("pg_amcheck ended with {}: {}", program->exit_code(), said_by_amcheck(output)),
      "");
}

Result<Fact> run_check(const DrillChecking& checking, const DrillCheck& check) {
  constexpr const char* kName = "check";
  constexpr seconds kLongest{600};
  const auto session = checking.server.connect_as_people_do(check.database);
  if (!session) return failing(kName, session.error().within(check.name));
  const auto answer = ask_for_value(
      *session, check.name, check.sql,
      {.deadline = std::min(checking.deadline, Clock::now() + kLongest),
       .silence = kLongest,
       .too_late = {ErrorKind::transient, check.name + ": no answer within 10 minutes", ""},
       .cancel = checking.cancel});
  if (checking.cancel) return fail(ErrorKind::usage, "interrupted");
  if (!answer) return failing(kName, answer.error());
  const std::string& value = *answer;
  if (value == check.expect) {
    return good(kName, fmt::format("{}: {}, as expected", check.name, shown(value)));
  }
  return failing(kName,
                 fmt::format("{}: {} instead of {}", check.name, shown(value), shown(check.expect)),
                 "");
}

}  // namespace walden
