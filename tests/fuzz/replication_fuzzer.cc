// What a server sends in answer to BASE_BACKUP, on its way into packs and out of them again: the
// messages of PostgreSQL 15 and later, and the archive for each COPY of 13 and 14. In both the tar
// headers' sums are mended.
//
// input: form | messages or pieces: field ...
#include "basebackup/backup_recorder.h"
#include "basebackup/verify_packs.h"
#include "common/postgres/backup_manifest.h"
#include "common/postgres/backup_messages.h"
#include "common/store/memory_store.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/tar_sums.h"

namespace walden::testing {
namespace {

constexpr const char* kId = "fuzzed";
const ObjectNames kNames("orders", 7438201938475610283U);
const Sealing kSealing{.threads = 1};
const Opening kOpening{.threads = 1};
constexpr std::uint64_t kSmallPack = 600;  // so that files go on in the next one

BackupStart start() {
  return {.lsn = {0x2000028},
          .timeline = 1,
          .tablespaces = {{.oid = 16384, .location = "/srv/fast", .size = 0}, {}},
          .estimated_size = 0};
}

Result<> take_messages(Input& input, const BackupStart& start, BaseBackupConsumer& consumer) {
  BackupMessages messages(start.tablespaces, consumer);
  while (!input.empty()) {
    const ByteView field = input.field();
    Buffer message(field.begin(), field.end());
    if (message.size() > 1) mend_tar_sums(std::span(message).subspan(1));
    TRY(messages.take(message));
  }
  return messages.finish();
}

// An empty piece ends a COPY.
Result<> take_copies(Input& input, const BackupStart& start, BaseBackupConsumer& consumer) {
  for (const auto& tablespace : start.tablespaces) {
    TRY(consumer.begin_archive(tablespace));
    for (ByteView piece = input.field(); !piece.empty(); piece = input.field()) {
      Buffer tar(piece.begin(), piece.end());
      mend_tar_sums(tar);
      TRY(consumer.archive_data(tar));
    }
    TRY(consumer.end_archive());
  }
  return consumer.manifest_data(input.rest());
}

BackupSummary summary() {
  BackupSummary summary;
  summary.id = kId;
  summary.cluster = kNames.cluster();
  summary.system_identifier = kNames.system_identifier();
  summary.segment_size = 16U << 20U;
  summary.timeline = 1;
  summary.start = Lsn{0x2000028};
  summary.stop = Lsn{0x2000100};
  return summary;
}

// Each file comes out of the packs as it went in.
void read_back(Store& store, const RecordedBackup& recorded) {
  Manifest manifest{.summary = summary(), .packs = recorded.packs, .directories = {}, .files = {}};
  EntryReader entries(recorded.files->fd(), 0, recorded.files->size());
  for (auto entry = entries.next(); entry.value(); entry = entries.next()) {
    manifest.files.push_back(std::move((*entry)->file));
  }
  const auto file = ManifestFile::of(manifest);
  must(file.has_value(), "what was recorded makes a manifest");
  const std::atomic<bool> cancel = false;
  Verification verification;
  must(verify_packs({.store = store,
                     .names = kNames,
                     .opening = kOpening,
                     .manifest = *file,
                     .threads = 1,
                     .advance = [](std::uint64_t) {},
                     .cancel = cancel},
                    verification)
           .has_value(),
       "what was written can be read");
  must(verification.problems().empty(), "a file comes back as it was sent");
  must(verification.counts().files == manifest.files.size(), "and none is left out");
}

void run(Input input) {
  MemoryStore store;
  const bool messages = input.byte() % 2 == 0;
  const BackupStart begin = start();
  const auto open_packs = [&](const BackupStart&) -> Result<std::unique_ptr<PackWriter>> {
    return std::make_unique<PackWriter>(store, kNames, kId, kSealing, kSmallPack);
  };
  BackupRecorder recorder(
      open_packs, [](std::uint64_t) {}, [] {});
  must(recorder.started(begin).has_value(), "a backup begins");
  const auto taken =
      messages ? take_messages(input, begin, recorder) : take_copies(input, begin, recorder);
  if (!taken) return;
  auto recorded = recorder.finish();
  if (!recorded) return;
  (void)check_against_server(*recorded, recorded->system_identifier);
  read_back(store, *recorded);
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
