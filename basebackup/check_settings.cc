#include "basebackup/check_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/postgres/whole_number.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr int kOldestServer = 13;
constexpr int kNewestServer = 18;
constexpr std::uint64_t kLongestTimeout = 900;  // seconds that a quiet database may lose
constexpr std::string_view kCommand = "archive_command = 'wal-push %p %f', then reload";

Fact judge_version(const ServerState& state) {
  constexpr std::string_view kName = "server";
  const int major = state.version / 10000;
  const std::string text =
      fmt::format("PostgreSQL {}.{}, system {}{}", major, state.version % 10000,
                  state.system_identifier, state.is_standby ? ", a standby" : "");
  if (major < kOldestServer) {
    return failing(kName, text, "Walden supports PostgreSQL 13 to 18");
  }
  if (major > kNewestServer) {
    return warning(kName, text, "Walden knows PostgreSQL 13 to 18: look for a newer release");
  }
  return good(kName, text);
}

Fact judge_wal_level(const ServerState& state) {
  constexpr std::string_view kName = "wal_level";
  const std::string level = state.setting(kName);
  if (level == "replica" || level == "logical") return good(kName, level);
  return failing(kName, level + ": its WAL cannot be replayed onto a backup",
                 "wal_level = replica, then restart the server");
}

// A standby that is promoted goes on with what is set here.
Fact judge_archive_mode(const ServerState& state) {
  constexpr std::string_view kName = "archive_mode";
  const std::string mode = state.setting(kName);
  if (mode != "on" && mode != "always") {
    return failing(kName, mode + ": no WAL reaches the archive",
                   "archive_mode = on, then restart the server");
  }
  if (!state.is_standby) return good(kName, mode);
  return good(kName, mode == "always" ? "always: this standby archives too"
                                      : "on: this standby archives once it is promoted");
}

Fact judge_archive_command(const ServerState& state) {
  constexpr std::string_view kName = "archive_command";
  if (state.setting("archive_mode") == "off") return not_asked(kName, "archive_mode is off");
  const std::string library = state.setting("archive_library");
  if (!library.empty()) {
    return failing(kName, fmt::format("archive_library is {}, so that no command runs", library),
                   "archive_library = '', then reload");
  }
  const std::string command = state.setting(kName);
  if (!command.contains("wal-push")) {
    return failing(kName,
                   command.empty() ? "empty: WAL piles up in pg_wal" : "does not run wal-push",
                   std::string(kCommand));
  }
  if (!command.contains("%p")) {
    return failing(kName, "does not tell wal-push the segment's path, %p", std::string(kCommand));
  }
  if (command.contains("||") || command.contains(';')) {
    return warning(kName, "runs wal-push and more, which can hide its exit code",
                   std::string(kCommand));
  }
  return good(kName, "runs wal-push");
}

std::string last_segment(const ArchiverState& archiver) {
  if (!archiver.last_archived_ago) return "no segment archived yet";
  return fmt::format("last segment {} ago", human_duration(*archiver.last_archived_ago));
}

Fact judge_archiver(const ServerState& state) {
  constexpr std::string_view kName = "archiver";
  const std::string mode = state.setting("archive_mode");
  if (mode == "off") return not_asked(kName, "archive_mode is off");
  if (state.is_standby && mode != "always") return not_asked(kName, "it does not run on a standby");
  const ArchiverState& archiver = state.archiver;
  if (archiver.failing) {
    return failing(
        kName,
        fmt::format("failed {} ago on {}, {} in all; {}",
                    human_duration(archiver.last_failed_ago.value_or(std::chrono::seconds(0))),
                    archiver.last_failed_wal, human_count(archiver.failed), last_segment(archiver)),
        "read what wal-push says in the server's log");
  }
  if (!archiver.last_archived_ago) {
    return warning(kName, "no segment archived yet", "select pg_switch_wal(); then check again");
  }
  return good(kName, fmt::format("{}, {}", last_segment(archiver),
                                 archiver.failed == 0
                                     ? "no failure"
                                     : human_count(archiver.failed, "failure") + " before it"));
}

Fact judge_archive_timeout(const ServerState& state) {
  constexpr std::string_view kName = "archive_timeout";
  const auto seconds = whole_number<std::uint64_t>(state.setting(kName), 10);
  if (!seconds) return not_asked(kName, "the server does not say");
  constexpr std::string_view kRemedy = "archive_timeout = 60s, then reload";
  if (*seconds == 0) {
    return warning(kName, "0: a quiet database loses whatever its last segment holds",
                   std::string(kRemedy));
  }
  const std::string text = fmt::format(
      "a quiet database loses up to {}",
      human_duration(std::chrono::seconds(std::min(*seconds, std::uint64_t{1} << 31U))));
  return *seconds > kLongestTimeout ? warning(kName, text, std::string(kRemedy))
                                    : good(kName, text);
}

Fact judge_wal_senders(const ServerState& state) {
  constexpr std::string_view kName = "wal_senders";
  const auto most = whole_number<std::uint64_t>(state.setting("max_wal_senders"), 10);
  if (!most) return not_asked(kName, "the server does not say");
  const std::uint64_t left = *most - std::min(*most, state.senders_in_use);
  const std::string text = fmt::format("{} of {} free", left, *most);
  constexpr std::string_view kRemedy = "max_wal_senders = 10, then restart the server";
  if (left == 0) return failing(kName, text, std::string(kRemedy));
  return left == 1 ? warning(kName, text, std::string(kRemedy)) : good(kName, text);
}

Fact judge_data_checksums(const ServerState& state) {
  constexpr std::string_view kName = "data_checksums";
  const std::string value = state.setting(kName);
  if (value == "on") return good(kName, value);
  return warning(kName, "off: a damaged page goes into the backups unseen",
                 "pg_checksums --enable, with the server stopped");
}

Fact judge_full_page_writes(const ServerState& state) {
  constexpr std::string_view kName = "full_page_writes";
  const std::string value = state.setting(kName);
  if (value == "on") return good(kName, value);
  return warning(kName, "off: a crash can tear pages, and a standby cannot be backed up",
                 "full_page_writes = on, then reload");
}

// As SQL wants it: plain where no quotes are needed.
std::string quoted_role(const std::string& role) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (!role.empty() && std::ranges::all_of(role, is_plain)) return role;
  std::string quoted = "\"";
  for (const char c : role) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

struct ServerFact {
  std::string_view name;
  Fact (*judge)(const ServerState& state);
};

constexpr std::array<ServerFact, 9> kServerFacts{{
    {"server", judge_version},
    {"wal_level", judge_wal_level},
    {"archive_mode", judge_archive_mode},
    {"archive_command", judge_archive_command},
    {"archiver", judge_archiver},
    {"archive_timeout", judge_archive_timeout},
    {"wal_senders", judge_wal_senders},
    {"data_checksums", judge_data_checksums},
    {"full_page_writes", judge_full_page_writes},
}};

}  // namespace

Facts judge_server(const ServerState& state) {
  Facts facts;
  for (const auto& [name, judge] : kServerFacts) facts.push_back(judge(state));
  return facts;
}

Facts server_not_asked(const Error& why) {
  Facts facts;
  for (const auto& [name, judge] : kServerFacts) {
    facts.push_back(facts.empty() ? failing(name, why)
                                  : not_asked(name, "no connection to the server"));
  }
  return facts;
}

Fact judge_replication(const ServerState* state, const Result<>& connecting) {
  constexpr std::string_view kName = "replication";
  if (state != nullptr && !state->may_replicate) {
    return failing(kName, fmt::format("role {} lacks REPLICATION", state->role),
                   fmt::format("ALTER ROLE {} REPLICATION;", quoted_role(state->role)));
  }
  if (!connecting) return failing(kName, connecting.error());
  if (state == nullptr) return good(kName, "pg_hba.conf lets a replication connection in");
  return good(kName, fmt::format("role {} may replicate, and pg_hba.conf lets it in", state->role));
}

}  // namespace walden
