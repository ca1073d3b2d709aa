// What recovery is to stop at: PostgreSQL's recovery_target_* settings, as given on the command
// line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/bytes/instant.h"
#include "common/postgres/lsn.h"

namespace walden {

struct RestoreTarget {
  enum class Kind { latest, immediate, time, lsn, xid, name };

  Kind kind = Kind::latest;
  bool exclusive = false;
  std::string action;         // pause, promote or shutdown
  Instant time;               // Kind::time
  std::string assumed_zone;   // whose clock the time was read by; empty when it was given
  Lsn lsn;                    // Kind::lsn
  std::uint32_t xid = 0;      // Kind::xid, without its epoch, as WAL has it
  std::string restore_point;  // Kind::name

  // "2026-11-21 14:30:00 UTC", "LSN A2/7C000028", "transaction 7301", "the newest archived WAL", …
  [[nodiscard]] std::string to_text() const;
};

// The texts of the options; not given is empty.
struct TargetOptions {
  std::optional<std::string> time;
  std::optional<std::string> lsn;
  std::optional<std::string> xid;
  std::optional<std::string> name;
  bool immediate = false;
  bool exclusive = false;
  std::optional<std::string> action;
};

// ErrorKind::usage for more than one target, for --target-exclusive or --target-action where
// PostgreSQL would not heed them, and for texts that are no time, LSN, transaction or name.
[[nodiscard]] Result<RestoreTarget> parse_target(const TargetOptions& options);

}  // namespace walden
