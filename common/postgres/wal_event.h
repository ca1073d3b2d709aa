// The meaning of single WAL records (xlogrecord.h, xact.h, xlog.c).
#pragma once

#include <optional>

#include "common/postgres/wal_records.h"

namespace walden {

inline constexpr std::size_t kRecordHeaderSize = 24;

struct RecordHeader {
  std::uint32_t length = 0;  // of the whole record
  std::uint32_t xid = 0;
  Lsn previous;
  std::uint8_t info = 0;
  std::uint8_t resource_manager = 0;
  std::uint32_t crc = 0;

  [[nodiscard]] static RecordHeader parse(ByteView bytes);  // kRecordHeaderSize bytes
  // XLOG_SWITCH: the rest of its segment is empty.
  [[nodiscard]] bool is_switch() const;
  // Only these need to be kept for read_event().
  [[nodiscard]] bool may_be_event() const;
};

// `record` is whole, its CRC checked. `version`: PostgreSQL's major version, which decides what a
// commit record looks like. Nothing where the record is no event.
[[nodiscard]] Result<std::optional<WalEvent>> read_event(ByteView record, Lsn lsn, Lsn end,
                                                         int version);

}  // namespace walden
