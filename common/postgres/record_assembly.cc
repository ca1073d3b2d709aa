#include "common/postgres/record_assembly.h"

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint32_t kMaxRecord = 1U << 30U;
constexpr std::uint32_t kMaxKept = 64U << 20U;
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kCrcOffset = 20;

}  // namespace

void RecordAssembly::begin(Lsn lsn, Lsn previous) {
  lsn_ = lsn;
  previous_ = previous;
  filled_ = 0;
  kept_.clear();
  crc_ = {};
}

RecordAssembly::Progress RecordAssembly::take(ByteView& bytes) {
  if (filled_ < kRecordHeaderSize && !take_header(bytes)) return Progress::invalid;
  if (filled_ < kRecordHeaderSize) return Progress::more;
  take_body(bytes);
  if (filled_ < header_.length) return Progress::more;
  return crc_matches() ? Progress::whole : Progress::invalid;
}

bool RecordAssembly::take_header(ByteView& bytes) {
  const std::size_t count = std::min<std::size_t>(kRecordHeaderSize - filled_, bytes.size());
  std::ranges::copy(bytes.first(count), raw_header_.begin() + static_cast<std::ptrdiff_t>(filled_));
  bytes = bytes.subspan(count);
  filled_ += count;
  if (filled_ < kLengthSize) return true;
  const auto length = load_le<std::uint32_t>(raw_header_, 0);
  if (length < kRecordHeaderSize || length > kMaxRecord) return false;  // 0: unused space
  if (filled_ < kRecordHeaderSize) return true;
  header_ = RecordHeader::parse(raw_header_);
  keep_ = header_.may_be_event() && length <= kMaxKept;
  if (keep_) kept_.assign(raw_header_.begin(), raw_header_.end());
  return plausible();
}

// The tail of a recycled segment holds old records with a right CRC: their chain leads elsewhere.
bool RecordAssembly::plausible() const {
  return previous_.value == 0 ? header_.previous < lsn_ : header_.previous == previous_;
}

void RecordAssembly::take_body(ByteView& bytes) {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(header_.length - filled_, bytes.size()));
  const ByteView piece = bytes.first(count);
  crc_.update(piece);
  if (keep_) kept_.insert(kept_.end(), piece.begin(), piece.end());
  bytes = bytes.subspan(count);
  filled_ += count;
}

// The header comes last in it, as it is completed only when the record's place is known.
bool RecordAssembly::crc_matches() {
  crc_.update(ByteView(raw_header_).first(kCrcOffset));
  return crc_.value() == header_.crc;
}

std::uint64_t RecordAssembly::missing() const {
  return load_le<std::uint32_t>(raw_header_, 0) - filled_;
}

}  // namespace walden
