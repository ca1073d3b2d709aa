// One WAL record, put together from the pieces that its pages hold of it.
#pragma once

#include <array>

#include "common/postgres/crc32c.h"
#include "common/postgres/wal_event.h"

namespace walden {

class RecordAssembly {
 public:
  enum class Progress { more, whole, invalid };

  // A record that begins at `lsn`, after the one at `previous` (0: not known).
  void begin(Lsn lsn, Lsn previous);
  void drop() { filled_ = 0; }
  // Takes what belongs to the record off the front of `bytes`. `invalid`: nothing that the server
  // wrote there as the next record, so the log ends before it.
  [[nodiscard]] Progress take(ByteView& bytes);

  [[nodiscard]] bool is_begun() const { return filled_ > 0; }
  // What is still missing. Its length stands on the page where it begins, as records are aligned.
  [[nodiscard]] std::uint64_t missing() const;
  [[nodiscard]] Lsn lsn() const { return lsn_; }
  [[nodiscard]] const RecordHeader& header() const { return header_; }
  // Empty unless the record can be an event: others are only passed through the CRC.
  [[nodiscard]] ByteView kept() const { return kept_; }

 private:
  [[nodiscard]] bool take_header(ByteView& bytes);
  void take_body(ByteView& bytes);
  [[nodiscard]] bool plausible() const;
  [[nodiscard]] bool crc_matches();

  Lsn lsn_;
  Lsn previous_;
  std::uint64_t filled_ = 0;
  std::array<std::uint8_t, kRecordHeaderSize> raw_header_{};
  RecordHeader header_;
  bool keep_ = false;
  Buffer kept_;
  Crc32c crc_;
};

}  // namespace walden
