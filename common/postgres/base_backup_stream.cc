#include "common/postgres/base_backup_stream.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>

#include "common/postgres/backup_messages.h"
#include "common/postgres/backup_rows.h"
#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"
#include "common/postgres/server_warnings.h"

namespace walden {
namespace {

constexpr int kOneCopy = 150000;  // from this version on all archives come in one COPY
// A spread checkpoint takes up to checkpoint_timeout before the first row comes.
constexpr auto kCheckpointPatience = std::chrono::hours(1);
constexpr auto kPatience = std::chrono::minutes(10);
constexpr std::size_t kMaxLabel = 1024;  // MAXPGPATH, the server's own limit
constexpr std::uint32_t kMinRate = 32;
constexpr std::uint32_t kMaxRate = 1U << 20U;

Result<> check_options(const BaseBackupOptions& options) {
  // A newline would add a line of its own to backup_label.
  const bool control = std::ranges::any_of(
      options.label, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (control || options.label.size() > kMaxLabel) {
    return fail(ErrorKind::usage, "the backup's label has control characters, or is too long",
                "Choose a label of one line.");
  }
  const std::uint32_t rate = options.max_rate_kb;
  if (rate == 0 || (rate >= kMinRate && rate <= kMaxRate)) return {};
  return fail(ErrorKind::usage, "the largest rate is outside of what PostgreSQL accepts",
              "Choose 32 to 1048576 kB/s.");
}

class BackupStream {
 public:
  BackupStream(ReplicationConnection& connection, const BaseBackupOptions& options,
               BaseBackupConsumer& consumer, const std::atomic<bool>& cancel)
      : connection_(connection),
        reader_(connection.raw(), "take a base backup", &cancel),
        warnings_(connection.raw()),
        consumer_(consumer),
        options_(options) {}

  Result<BackupEnd> run() {
    auto end = receive();
    // Nobody reads on: without this the server would work for nothing until it writes again.
    if (!end && !ended_) reader_.cancel_at_server();
    return end;
  }

 private:
  Result<BackupEnd> receive() {
    TRY(reader_.send(base_backup_command(connection_.server_version(), options_)));
    TRY(read_start());
    TRY(consumer_.started(start_));
    TRY(connection_.server_version() >= kOneCopy ? read_one_copy() : read_copies());
    const BackupPosition stop = TRY(read_position(TRY(expect(PGRES_TUPLES_OK, kPatience)).get()));
    BackupEnd end{
        .lsn = stop.lsn, .timeline = stop.timeline, .checksum_failures = {}, .warnings = {}};
    TRY(read_completion(end));
    return end;
  }

  Result<ServerResult> expect(ExecStatusType status, std::chrono::seconds patience) {
    ServerResult result = pending_ ? std::move(pending_) : TRY(next(patience));
    if (::PQresultStatus(result.get()) == status) return result;
    return fail(ErrorKind::corrupt, "cannot take a base backup: the server answers out of turn",
                "If the server is newer than this Walden, upgrade Walden.");
  }

  Result<ServerResult> next(std::chrono::seconds patience) {
    ServerResult result = TRY(reader_.next_result(patience));
    if (::PQresultStatus(result.get()) != PGRES_FATAL_ERROR) return result;
    ended_ = true;
    return std::unexpected(server_error(reader_.doing(), result.get()));
  }

  Result<> read_start() {
    const auto position =
        TRY(read_position(TRY(expect(PGRES_TUPLES_OK, kCheckpointPatience)).get()));
    start_.lsn = position.lsn;
    start_.timeline = position.timeline;
    start_.tablespaces = TRY(read_tablespaces(TRY(expect(PGRES_TUPLES_OK, kPatience)).get()));
    for (const auto& tablespace : start_.tablespaces) start_.estimated_size += tablespace.size;
    return {};
  }

  // What follows is read at once: where the server's error ended the COPY, that error is to be
  // told, and not that the archive is cut off.
  template <class Take>
  Result<> read_copy(Take take, bool then_archiver = false) {
    TRY(expect(PGRES_COPY_OUT, kPatience));
    while (const auto piece = TRY(reader_.next_copy(patience()))) TRY(take(piece->bytes()));
    if (then_archiver) wait_for_archiver(true);
    pending_ = TRY(next(kPatience));
    wait_for_archiver(false);
    return {};
  }

  // With its WAL the server waits for its archiver before it ends the archive, and nothing tells
  // when it begins to.
  [[nodiscard]] std::chrono::seconds patience() const {
    if (!options_.with_wal || !options_.archive_deadline) return kPatience;
    return kPatience + *options_.archive_deadline;
  }

  // From the end of the data to the manifest, which the server makes after its wait.
  void wait_for_archiver(bool waiting) {
    if (!options_.archive_deadline || waiting == waiting_) return;
    waiting_ = waiting;
    if (!waiting) return reader_.expect_no_more();
    reader_.expect_by(std::chrono::steady_clock::now() + *options_.archive_deadline,
                      never_archived());
    consumer_.waiting_for_archiver();
  }

  // Where the backup ends the server tells only after its wait.
  [[nodiscard]] Error never_archived() const {
    const auto first = segment_name(start_.timeline, segment_of(start_.lsn, options_.segment_size),
                                    options_.segment_size);
    return {ErrorKind::transient,
            fmt::format("the backup's WAL from {} on did not reach the archive within {} s of the "
                        "backup's end",
                        first.to_text(), options_.archive_deadline->count()),
            "See why the archiver fails: select * from pg_stat_archiver, and the server's log; "
            "then take the backup again."};
  }

  Result<> read_one_copy() {
    BackupMessages messages(start_.tablespaces, consumer_, options_.compressed);
    TRY(read_copy([&](ByteView bytes) -> Result<> {
      TRY(messages.take(bytes));
      wait_for_archiver(messages.archives_ended());
      return {};
    }));
    return messages.finish();
  }

  Result<> read_copies() {
    std::size_t left = start_.tablespaces.size();
    for (const auto& tablespace : start_.tablespaces) {
      TRY(consumer_.begin_archive(tablespace));
      TRY(read_copy([&](ByteView bytes) { return consumer_.archive_data(bytes); }, --left == 0));
      TRY(consumer_.end_archive());
    }
    return read_copy([&](ByteView bytes) { return consumer_.manifest_data(bytes); });
  }

  // The last word. Wrong page checksums are told here, as an error after everything was sent.
  Result<> read_completion(BackupEnd& end) {
    const ServerResult last = TRY(reader_.next_result(kPatience));
    auto& failures = end.checksum_failures;
    end.warnings = warnings_.others();
    if (sqlstate_of(last.get()) == kDataCorrupted) {
      failures = warnings_.of_pages();
      if (failures.empty()) failures.push_back(one_line(::PQresultErrorMessage(last.get())));
    } else if (::PQresultStatus(last.get()) != PGRES_COMMAND_OK) {
      return std::unexpected(server_error(reader_.doing(), last.get()));
    } else {
      // Such as a file whose pages it could not check: not damage, as far as it knows.
      end.warnings.insert(end.warnings.end(), warnings_.of_pages().begin(),
                          warnings_.of_pages().end());
    }
    while (TRY(reader_.next_result(kPatience))) continue;
    ended_ = true;
    return {};
  }

  ReplicationConnection& connection_;
  ServerReader reader_;
  ServerWarnings warnings_;
  BaseBackupConsumer& consumer_;
  const BaseBackupOptions& options_;
  BackupStart start_;
  ServerResult pending_;  // read, and not yet looked at
  bool waiting_ = false;  // for the server's archiver
  bool ended_ = false;    // the server is done with the command
};

}  // namespace

Result<BackupEnd> run_base_backup(ReplicationConnection& connection,
                                  const BaseBackupOptions& options, BaseBackupConsumer& consumer,
                                  const std::atomic<bool>& cancel) {
  TRY(check_options(options));
  return BackupStream(connection, options, consumer, cancel).run();
}

}  // namespace walden
