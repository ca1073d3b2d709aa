#include "common/postgres/wal_event.h"

#include <fmt/format.h>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint8_t kXlog = 0;  // resource managers
constexpr std::uint8_t kXact = 1;

constexpr std::uint8_t kXlogOperation = 0xF0;
constexpr std::uint8_t kSwitch = 0x40;
constexpr std::uint8_t kRestorePoint = 0x70;
constexpr std::size_t kRestorePointName = 64;

constexpr std::uint8_t kXactOperation = 0x70;
constexpr std::uint8_t kCommit = 0x00;
constexpr std::uint8_t kAbort = 0x20;
constexpr std::uint8_t kCommitPrepared = 0x30;
constexpr std::uint8_t kAbortPrepared = 0x40;
constexpr std::uint8_t kHasInfo = 0x80;

constexpr std::uint32_t kDatabase = 0x001;  // parts of a commit, in their order
constexpr std::uint32_t kSubtransactions = 0x002;
constexpr std::uint32_t kRelations = 0x004;
constexpr std::uint32_t kStatistics = 0x100;  // from 15 on; it stands before kInvalidations
constexpr std::uint32_t kInvalidations = 0x008;
constexpr std::uint32_t kTwoPhase = 0x010;

constexpr std::uint8_t kShortData = 255;  // block ids that are none
constexpr std::uint8_t kLongData = 254;
constexpr std::uint8_t kOrigin = 253;
constexpr std::uint8_t kTopLevelXid = 252;

// 2000-01-01, where PostgreSQL's clock begins.
constexpr std::int64_t kPostgresEpoch = 946'684'800'000'000;

Result<Instant> read_time(ByteReader& data) {
  const auto raw = static_cast<std::int64_t>(TRY(data.integer<std::uint64_t>()));
  Instant time;
  if (__builtin_add_overflow(raw, kPostgresEpoch, &time.microseconds)) {
    return fail(ErrorKind::corrupt, "its time is beyond all clocks");
  }
  return time;
}

// What the record's kind says of itself, behind the headers. Transaction ends and restore points
// refer to no blocks.
Result<ByteView> main_data(ByteView record) {
  ByteReader rest(record.subspan(kRecordHeaderSize));
  for (;;) {
    switch (TRY(rest.integer<std::uint8_t>())) {
      case kOrigin:
        TRY(rest.integer<std::uint16_t>());
        break;
      case kTopLevelXid:
        TRY(rest.integer<std::uint32_t>());
        break;
      case kShortData:
        return rest.take(TRY(rest.integer<std::uint8_t>()));
      case kLongData:
        return rest.take(TRY(rest.integer<std::uint32_t>()));
      default:
        return fail(ErrorKind::corrupt, "it refers to blocks");
    }
  }
}

Result<> pass_list(ByteReader& data, std::size_t item_size) {
  const std::size_t count = TRY(data.integer<std::uint32_t>());
  TRY(data.take(count * item_size));
  return {};
}

// The transaction that COMMIT PREPARED or ROLLBACK PREPARED is about stands behind all the lists.
Result<std::uint32_t> prepared_xid(ByteReader& data, int version) {
  const auto parts = TRY(data.integer<std::uint32_t>());
  if ((parts & kTwoPhase) == 0) return fail(ErrorKind::corrupt, "it names no transaction");
  if ((parts & kDatabase) != 0) TRY(data.take(8));
  if ((parts & kSubtransactions) != 0) TRY(pass_list(data, 4));
  if ((parts & kRelations) != 0) TRY(pass_list(data, 12));
  if ((parts & kStatistics) != 0) TRY(pass_list(data, version >= 18 ? 16 : 12));
  if ((parts & kInvalidations) != 0) TRY(pass_list(data, 16));
  return data.integer<std::uint32_t>();
}

Result<std::optional<WalEvent>> read_transaction(const RecordHeader& header, ByteReader data,
                                                 TransactionEnd event, int version) {
  const std::uint8_t operation = header.info & kXactOperation;
  event.committed = operation == kCommit || operation == kCommitPrepared;
  event.xid = header.xid;
  event.time = TRY(read_time(data));
  if (operation == kCommitPrepared || operation == kAbortPrepared) {
    if ((header.info & kHasInfo) == 0) return fail(ErrorKind::corrupt, "it names no transaction");
    event.xid = TRY(prepared_xid(data, version));
  }
  return event;
}

Result<std::optional<WalEvent>> read_restore_point(ByteReader data, RestorePoint event) {
  event.time = TRY(read_time(data));
  const std::string_view name = text_of(TRY(data.take(kRestorePointName)));
  event.name = name.substr(0, name.find('\0'));
  return event;
}

Result<std::optional<WalEvent>> read(ByteView record, Lsn lsn, Lsn end, int version) {
  const RecordHeader header = RecordHeader::parse(record);
  if (!header.may_be_event()) return std::nullopt;
  const ByteReader data(TRY(main_data(record)));
  if (header.resource_manager == kXlog) {
    return read_restore_point(data, {.lsn = lsn, .end = end, .name = {}, .time = {}});
  }
  return read_transaction(header, data, {.lsn = lsn, .end = end, .xid = 0, .time = {}}, version);
}

}  // namespace

RecordHeader RecordHeader::parse(ByteView bytes) {
  return {.length = load_le<std::uint32_t>(bytes, 0),
          .xid = load_le<std::uint32_t>(bytes, 4),
          .previous = {load_le<std::uint64_t>(bytes, 8)},
          .info = bytes[16],
          .resource_manager = bytes[17],
          .crc = load_le<std::uint32_t>(bytes, 20)};
}

bool RecordHeader::is_switch() const {
  return resource_manager == kXlog && (info & kXlogOperation) == kSwitch;
}

bool RecordHeader::may_be_event() const {
  if (resource_manager == kXlog) return (info & kXlogOperation) == kRestorePoint;
  if (resource_manager != kXact) return false;
  const std::uint8_t operation = info & kXactOperation;
  return operation == kCommit || operation == kAbort || operation == kCommitPrepared ||
         operation == kAbortPrepared;
}

Result<std::optional<WalEvent>> read_event(ByteView record, Lsn lsn, Lsn end, int version) {
  auto event = read(record, lsn, end, version);
  if (event) return event;
  return std::unexpected(
      event.error().within(fmt::format("cannot understand the WAL record at {}", lsn.to_text())));
}

}  // namespace walden
