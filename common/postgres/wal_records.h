// Reads WAL records out of segments, as far as Walden needs to understand them: when transactions
// ended, and where restore points are (xlogrecord.h, xact.h, xlog.c).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "common/bytes/bytes.h"
#include "common/bytes/instant.h"
#include "common/postgres/wal_name.h"
#include "common/postgres/wal_page.h"

namespace walden {

struct TransactionEnd {
  Lsn lsn;                // where the record starts
  Lsn end;                // where the next one may start: recovery has replayed it once it is there
  std::uint32_t xid = 0;  // of a prepared transaction: its own, not the one that finished it
  bool committed = false;
  Instant time;
};

struct RestorePoint {
  Lsn lsn;
  Lsn end;
  std::string name;
  Instant time;
};

using WalEvent = std::variant<TransactionEnd, RestorePoint>;

// Takes the bytes of consecutive segments of one timeline branch, in pieces of any size, in order,
// and calls `visit` for each event. It can start at any segment: the tail of a record that began
// earlier is passed over. Each record's CRC is checked. Memory: one record (at most 1 GB by
// PostgreSQL's limit; records larger than 64 MiB are skipped without being kept, as no event is
// that large).
//
// The end of valid WAL (zeros, a bad CRC, an old page of a recycled segment) is no error: ended()
// tells. Unknown page magic is ErrorKind::configuration: what cannot be understood is not guessed.
class WalRecordScanner final : public ByteSink {
 public:
  using Visitor = std::function<Result<>(const WalEvent&)>;
  // `start` is the first byte's position: a segment's beginning.
  WalRecordScanner(Lsn start, std::uint32_t segment_size, Visitor visit);
  ~WalRecordScanner() override;

  [[nodiscard]] Result<> write(ByteView bytes) override;
  // Set once the log was seen to end; what is written afterwards is ignored.
  [[nodiscard]] bool ended() const;
  // The end of the last whole record seen.
  [[nodiscard]] Lsn valid_until() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace walden
