#include "tests/matrix/prepared_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/bytes/file_descriptor.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kSegmentSize = 1 << 20;

Outcome must_succeed(const Command& command) {
  Outcome outcome = run(command);
  if (outcome.exit_code == 0) return outcome;
  throw std::runtime_error(fmt::format("exit code {} of {}\n{}{}", outcome.exit_code,
                                       fmt::join(command.argv, " "), outcome.out, outcome.err));
}

std::string segment_of_lsn(int timeline, const std::string& lsn) {
  const auto slash = lsn.find('/');
  const auto log = std::stoul(lsn.substr(0, slash), nullptr, 16);
  const auto offset = std::stoul(lsn.substr(slash + 1), nullptr, 16);
  return fmt::format("{:08X}{:08X}{:08X}", timeline, log, offset / kSegmentSize);
}

// The primary, in a folder of the server user's.
class Making {
 public:
  Making() {
    give_to_server_user(folder_.path());
    fs::create_directory(folder_ / "store");
    give_to_server_user(folder_ / "store");
    write_text(folder_ / "walden.toml",
               "cluster = \"orders\"\nstore = \"file://" + (folder_ / "store").string() + "\"\n");
    primary_ = std::make_unique<PostgresServer>(ServerOptions{.segment_megabytes = 1});
    basebackup({"init", "--pgdata", primary_->pgdata()});
    primary_->set("archive_mode", "on");
    primary_->set("archive_command", program_for_server_user("wal-push") + " --config " +
                                         (folder_ / "walden.toml").string() + " %p %f");
    primary_->start();
    primary_->sql("create table rows (n int primary key, filler text, digest text)");
  }

  void take_backup_over_segments() {
    for (int tries = 0; tries < 5; ++tries) {
      push_while_writing();
      const auto listed = nlohmann::json::parse(basebackup({"list", "--json"}).out);
      const auto& backup = listed.at("backups").back();
      const std::string start = segment_of_lsn(1, backup.at("start_lsn"));
      const std::string stop = segment_of_lsn(1, backup.at("stop_lsn"));
      facts["before_consistency"] = segment_of_lsn(1, backup.at("stop_lsn"));
      if (start != stop) return;
    }
    throw std::runtime_error("the backup was done within one segment");
  }

  void write_rows_on_both_timelines() {
    write_segments(3);
    facts["in_the_middle"] = current_segment();
    write_segments(3);
    primary_->archive_current_segment();
    promote();
    write_segments(3);
    note_target();
    write_segments(3);
    facts["rows"] = std::to_string(rows_);
    facts["last_segment"] = primary_->archive_current_segment();
  }

  // Moves what was made to `folder`.
  void deliver(const fs::path& folder) {
    facts["server_version"] =
        primary_->value("select current_setting('server_version_num')::int / 10000");
    primary_.reset();
    basebackup({"restore", "--pgdata", folder_ / "data"});
    write_text(folder_ / "data/postgresql.auto.conf", "");
    std::string lines;
    for (const auto& [name, value] : facts) lines += name + "=" + value + "\n";
    write_text(folder_ / "facts", lines);
    fs::remove_all(folder.string() + ".new");
    must_succeed({.argv = {"cp", "--archive", folder_.path(), folder.string() + ".new"}});
    fs::rename(folder.string() + ".new", folder);
  }

  std::map<std::string, std::string> facts;

 private:
  Outcome basebackup(const std::vector<std::string>& arguments) {
    Command command{.argv = {program_for_server_user("basebackup")}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment["WALDEN_CONFIG"] = folder_ / "walden.toml";
    return must_succeed(as_server_user(command));
  }

  // A dozen fill a segment; each is a transaction of its own.
  void write_row() {
    primary_->sql(fmt::format(
        "insert into rows select {}, filler, md5(filler) from"
        " (select string_agg(md5(random()::text), '') as filler from generate_series(1, 4000))"
        " as random",
        ++rows_));
  }
  void write_segments(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string before = current_segment();
      while (current_segment() == before) write_row();
    }
  }
  std::string current_segment() {
    return primary_->value("select pg_walfile_name(pg_current_wal_insert_lsn())");
  }

  void push_while_writing() {
    Command command{.argv = {program_for_server_user("basebackup"), "push", "--connection",
                             primary_->conninfo()}};
    command.environment["WALDEN_CONFIG"] = folder_ / "walden.toml";
    RunningProcess push(as_server_user(command));
    const std::string first = current_segment();
    const bool begun = eventually([&] { return current_segment() != first; });
    if (!begun) throw std::runtime_error("the backup did not begin: " + push.err_so_far());
    // Held, so that it cannot be done before these are: on a fast disk it would.
    push.send_signal(SIGSTOP);
    write_segments(3);
    push.send_signal(SIGCONT);
    const Outcome outcome = push.wait();
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
  }

  void promote() {
    primary_->stop();
    write_text(primary_->pgdata() / "standby.signal", "");
    give_to_server_user(primary_->pgdata() / "standby.signal");
    primary_->start();
    primary_->promote();
  }

  void note_target() {
    write_row();
    facts["target_segment"] = current_segment();
    facts["target_time"] = primary_->value(
        "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US\"+00\"')");
    facts["rows_at_target"] = std::to_string(rows_);
  }

  TemporaryDirectory folder_;
  std::unique_ptr<PostgresServer> primary_;
  int rows_ = 0;
};

// Another for each build of what writes it, so that no test runs on what an older Walden has made.
std::string name_of_kept() {
  std::string identity = postgres_program("postgres");
  for (const char* name : {"basebackup", "wal-push-worker"}) {
    const auto time = fs::last_write_time(program(name)).time_since_epoch().count();
    identity += fmt::format(" {} {}", fs::file_size(program(name)), time);
  }
  return fmt::format("{:016x}", std::hash<std::string>{}(identity));
}

FileDescriptor lock(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!file || ::flock(file.get(), LOCK_EX) != 0) {
    throw std::runtime_error("cannot lock " + path.string());
  }
  return file;
}

fs::path kept_archive() {
  const fs::path root = fs::path(WALDEN_BIN_DIR).parent_path() / "prepared-archives";
  fs::create_directories(root);
  const fs::path kept = root / name_of_kept();
  const auto locked = lock(root / "lock");
  if (fs::exists(kept)) return kept;
  Making making;
  making.take_backup_over_segments();
  making.write_rows_on_both_timelines();
  making.deliver(kept);
  return kept;
}

PreparedArchive read_kept() {
  const fs::path kept = kept_archive();
  std::map<std::string, std::string> facts;
  std::ifstream file(kept / "facts");
  for (std::string line; std::getline(file, line);) {
    facts[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  }
  return {.store = kept / "store",
          .pgdata = kept / "data",
          .server_version = facts.at("server_version"),
          .before_consistency = facts.at("before_consistency"),
          .in_the_middle = facts.at("in_the_middle"),
          .target_segment = facts.at("target_segment"),
          .last_segment = facts.at("last_segment"),
          .target_time = facts.at("target_time"),
          .rows_at_target = std::stoi(facts.at("rows_at_target")),
          .rows = std::stoi(facts.at("rows"))};
}

}  // namespace

const PreparedArchive& prepared_archive() {
  static const PreparedArchive archive = read_kept();
  return archive;
}

}  // namespace walden::testing
