// The only list of exit codes (docs/exit-codes.md is its page for people).
#pragma once

namespace walden {

// archive_command: 1 to 125 is counted and retried by the archiver; above 125 it dies uncounted.
inline constexpr int kPushDurable = 0;
inline constexpr int kPushFailed = 1;

// restore_command: 1 to 125 is "not there, recovery is complete"; above 125 stops recovery.
inline constexpr int kFetchDelivered = 0;
inline constexpr int kFetchAbsent = 1;
inline constexpr int kFetchDoubt = 255;

inline constexpr int kBackupDone = 0;
inline constexpr int kBackupFailed = 1;
inline constexpr int kBackupUsage = 2;
// basebackup status, of what it cannot find out; 0, 1 and 2 are ok, warning and critical there.
inline constexpr int kStatusUnknown = 3;

}  // namespace walden
