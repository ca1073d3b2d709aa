// One entry of the audit trail: who did what and when, and where it stands in the trail.
//
// A trail is what one user on one host did to one store: lines of one file. They are numbered, and
// each holds the SHA-256 of the one before it, so that a line that was edited, removed or put in is
// noticed. Those that went into the store too are chained a second time among themselves: whoever
// sees the store alone can check them all the same. docs/audit.md has the fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/error.h"
#include "common/bytes/instant.h"

namespace walden {

// No line is longer; what would make it so is cut.
inline constexpr std::size_t kMaxAuditLine = std::size_t{16} << 10U;

struct AuditEvent {
  Instant time;
  std::string host;
  std::string user;     // "postgres"; "root (sudo: anna)"
  std::string version;  // of Walden
  std::string cluster;
  std::string command;
  std::vector<std::string> arguments;  // as given, without what may be secret
  std::string outcome;                 // "begun", "done", "not good" or "failed"
  std::string subject;                 // what it was done to: a backup's id
  std::string key_file;                // the secret key that was opened, or empty
  std::string error;                   // of "failed"
};

struct AuditPosition {
  std::string store;            // URL
  std::string trail;            // 16 hex digits, drawn when it was begun
  std::uint64_t number = 0;     // in the trail, from 1
  std::string previous;         // SHA-256 of the line before, hex; empty for the first
  std::string object;           // its name in the store; empty: in the file only
  std::uint64_t stored = 0;     // how many up to here have an object
  std::string previous_stored;  // SHA-256 of the last line before that has one, hex, or empty
};

struct AuditEntry {
  AuditEvent event;
  AuditPosition position;
};

// Without a newline.
[[nodiscard]] std::string to_line(const AuditEntry& entry);
// ErrorKind::corrupt for anything else. Keys that are not known are passed over.
[[nodiscard]] Result<AuditEntry> parse_audit_line(std::string_view line);

// SHA-256, hex.
[[nodiscard]] std::string digest_of_line(std::string_view line);

}  // namespace walden
