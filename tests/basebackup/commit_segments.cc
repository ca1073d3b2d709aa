#include "tests/basebackup/commit_segments.h"

#include <cstring>

#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using testing::SegmentSpec;

constexpr std::int64_t kPostgresEpoch = 946'684'800'000'000;
constexpr std::uint8_t kXlog = 0;
constexpr std::uint8_t kXact = 1;
constexpr std::uint8_t kSwitch = 0x40;

// Header and body with the CRC that PostgreSQL checks: over the body, then over the header's first
// 20 bytes.
Buffer record(std::uint32_t xid, Lsn previous, std::uint8_t info, std::uint8_t manager,
              const Buffer& body) {
  Buffer bytes;
  append_le(bytes, static_cast<std::uint32_t>(24 + body.size()));
  append_le(bytes, xid);
  append_le(bytes, previous.value);
  bytes.insert(bytes.end(), {info, manager, 0, 0});
  Crc32c crc;
  crc.update(body);
  crc.update(bytes);
  append_le(bytes, crc.value());
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Buffer commit_body(Instant time) {
  Buffer body{255, sizeof(std::uint64_t)};
  append_le(body, static_cast<std::uint64_t>(time.microseconds - kPostgresEpoch));
  return body;
}

// Appends records to a segment's first page, which has room for about two hundred.
class SegmentWriter {
 public:
  explicit SegmentWriter(const SegmentSpec& spec)
      : content_(segment_content(spec)), base_(spec.number * spec.size) {}

  Lsn add(const Buffer& bytes) {
    const Lsn at{base_ + offset_};
    std::memcpy(content_.data() + offset_, bytes.data(), bytes.size());
    offset_ += (bytes.size() + 7) / 8 * 8;
    previous_ = at;
    return at;
  }
  // Of the segment before, only its last record's position would be known: its switch.
  [[nodiscard]] Lsn previous() const { return previous_; }
  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  std::string content_;
  std::uint64_t base_;
  std::size_t offset_ = 40;
  Lsn previous_;
};

}  // namespace

void CommitArchive::archive_segment(std::uint64_t number, const std::vector<CommitAt>& commits) {
  const SegmentSpec spec{.number = number, .size = kMegabyte, .fill = 0};
  SegmentWriter writer(spec);
  // Every segment of these tests but the first follows one with the same number of records.
  Lsn previous{(number - 1) * kMegabyte + 40 + 40 * commits.size()};
  for (const auto& commit : commits) {
    previous = writer.add(record(commit.xid, previous, 0, kXact, commit_body(commit.time)));
    lsns_[commit.xid] = previous;
  }
  writer.add(record(0, previous, kSwitch, kXlog, {}));
  const auto path = folder / segment_file_name(spec);
  testing::write_text(path, writer.content());
  const auto pushed = archive.push(path, name(segment_file_name(spec)), {});
  ASSERT_TRUE(pushed) << pushed.error().cause;
}

void CommitArchive::archive_minute(std::uint64_t number) {
  archive_segment(number,
                  {{static_cast<std::uint32_t>(100 + number), minute(static_cast<int>(number))}});
}

void CommitArchive::lose_segment(std::uint64_t number) {
  store.erase(archive.names().wal(segment_name(1, SegmentNumber{number}, kMegabyte)));
}

BackupSummary CommitArchive::backup(const std::string& id, std::uint64_t first, std::uint64_t last,
                                    Instant stopped) {
  BackupSummary summary = testing::sample_summary();
  summary.id = id;
  summary.system_identifier = kSystem;
  summary.segment_size = kMegabyte;
  summary.start = Lsn{first * kMegabyte + 40};
  summary.stop = Lsn{(last + 1) * kMegabyte};
  summary.started = Instant{stopped.microseconds - 30'000'000};
  summary.stopped = stopped;
  return summary;
}

}  // namespace walden
