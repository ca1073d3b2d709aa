#include "basebackup/judge_wal.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::seconds;

constexpr const char* kName = "wal";

// Whatever of note is written is archived within archive_timeout, and all of it was.
bool is_idle(const ServerFact& server, seconds rpo) {
  return !server.archiver_failing && server.segments_behind == 0 &&
         server.archive_timeout > seconds(0) && server.archive_timeout <= rpo;
}

std::string why(const ClusterStatus& status) {
  if (!status.server) return "whether the server is idle was not asked (--connection)";
  const ServerFact& server = *status.server;
  if (server.segments_behind.value_or(0) > 0) {
    return fmt::format("{} wait on the server", human_count(*server.segments_behind, "segment"));
  }
  if (server.archive_timeout == seconds(0)) {
    return "archive_timeout is off, so that a segment is archived only when it is full";
  }
  return fmt::format("archive_timeout is {}", human_duration(server.archive_timeout));
}

}  // namespace

Judgement judge_wal(const ClusterStatus& status, const Objectives& objectives,
                    const std::string& remedy) {
  const std::string endangers = "What is committed on the server alone is lost with its disk";
  if (!status.wal) {
    return {kName,
            objectives.rpo ? Severity::critical : Severity::warning,
            "there is no WAL in the archive",
            status.created,
            endangers,
            remedy};
  }
  const seconds old = std::max(age(status.wal->stored, status.now), seconds(0));
  const std::string newest =
      fmt::format("newest WAL {} ago: {}", human_duration(old), status.wal->newest);
  if (!objectives.rpo) return {kName, Severity::ok, newest + " (no objective rpo)", {}, {}, {}};
  const seconds rpo = *objectives.rpo;
  if (old <= rpo) return {kName, Severity::ok, newest, {}, {}, {}};
  if (status.server && is_idle(*status.server, rpo)) {
    return {kName, Severity::ok, newest + "; the server has written nothing since", {}, {}, {}};
  }
  const Instant since{status.wal->stored.microseconds + std::chrono::microseconds(rpo).count()};
  return {kName,
          Severity::critical,
          fmt::format("{}; at most {} may be lost; {}", newest, human_duration(rpo), why(status)),
          since,
          endangers,
          remedy};
}

std::optional<Judgement> judge_archiver(const ClusterStatus& status, const std::string& remedy) {
  const std::string name = "archiver";
  if (status.server_error) {
    return Judgement{name, Severity::unknown, status.server_error->cause, {}, {}, {}};
  }
  if (!status.server) return std::nullopt;
  const ServerFact& server = *status.server;
  const std::string counts = fmt::format("{} archived, {}", human_count(server.archived),
                                         human_count(server.failed, "failure"));
  if (!server.archiver_failing) return Judgement{name, Severity::ok, counts, {}, {}, {}};
  std::string sentence =
      fmt::format("the server cannot archive {}: {}", server.last_failed_wal, counts);
  std::optional<Instant> since;
  if (server.last_archived_ago) {
    sentence += fmt::format(", the last success {} ago", human_duration(*server.last_archived_ago));
    since = Instant{status.now.microseconds -
                    std::chrono::microseconds(*server.last_archived_ago).count()};
  }
  return Judgement{name,
                   Severity::critical,
                   sentence,
                   since,
                   "Its pg_wal grows until the disk is full; what is committed now is on it alone",
                   remedy};
}

}  // namespace walden
