// What is promised to those who own the data: how long backups are kept, how quickly they must be
// back, how that is proven, and who is told when it fails. Only in walden.toml, because it is one
// text for all who work with the cluster: `keep`, `recovery_window`, `minimum_backups`, and the
// tables [objectives], [drill], [[drill.check]] and [alert]. docs/configuration.md has the keys.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/program/configuration.h"

namespace walden {

// keep = { daily = 7, … }: the newest backup of each of so many days, weeks, months and years.
struct KeepRule {
  unsigned daily = 0;
  unsigned weekly = 0;
  unsigned monthly = 0;
  unsigned yearly = 0;
  bool operator==(const KeepRule&) const = default;
};

struct RetentionPolicy {
  KeepRule keep;
  std::optional<std::chrono::seconds> recovery_window;  // any moment within it stays reachable
  unsigned minimum_backups = 2;
  bool configured = false;  // by `keep` or `recovery_window`: without it nothing is ever deleted
};

struct Objectives {
  std::optional<std::chrono::seconds> rpo;  // at most so much may be lost
  std::optional<std::chrono::seconds> rto;  // at most so long until it runs again
  std::chrono::seconds backup_every{std::chrono::hours(26)};
  std::chrono::seconds drill_every{std::chrono::hours(31 * 24)};
};

struct DrillCheck {
  std::string name;      // for people; the SQL where there is none
  std::string database;  // default: postgres
  std::string sql;
  std::string expect;  // its only row's only column, as text
};

struct DrillPolicy {
  std::string directory;  // where copies are restored to; none: --scratch must say it
  std::string bindir;     // of PostgreSQL's programs; none: looked for by the backup's version
  std::vector<DrillCheck> checks;
};

struct AlertPolicy {
  std::chrono::seconds after{std::chrono::minutes(2)};  // of a failing segment
  std::chrono::seconds repeat{std::chrono::hours(4)};   // while an incident lasts
  std::string mail_server;                              // smtp://host[:port] or smtps://
  std::string mail_from;
  std::vector<std::string> mail_to;
  std::string mail_user;
  std::string mail_password_file;
  std::string mail_ca_file;  // that signed the server's certificate; none: the system's
  std::string webhook;       // URL; or in a file, for it is as good as a password
  std::string webhook_file;
  std::string command;    // run by the shell, the alert as JSON on its standard input
  std::string heartbeat;  // URL that is asked for after each round in which all was well
  [[nodiscard]] bool configured() const {
    return !mail_to.empty() || !webhook.empty() || !webhook_file.empty() || !command.empty();
  }
};

struct Policy {
  RetentionPolicy retention;
  Objectives objectives;
  DrillPolicy drill;
  AlertPolicy alert;
};

// The defaults where the configuration has no file. ErrorKind::configuration, with the line, for a
// key that is not known, a value of another type or out of its range, a duration without its
// unit, a rule that keeps nothing, a mail server without recipients.
[[nodiscard]] Result<Policy> read_policy(const Configuration& configuration);

// Whether a key at the top of walden.toml belongs here.
[[nodiscard]] bool is_policy_key(std::string_view key);

}  // namespace walden
