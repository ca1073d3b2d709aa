// The manifest of a base backup, and what is made of one that was believed: a listing, a plan of
// what to fetch, the same manifest written again.
//
// input: the manifest's plaintext, JSON Lines
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "basebackup/frame_work.h"
#include "basebackup/list_text.h"
#include "basebackup/manifest_json.h"
#include "common/bytes/sealed_writer.h"
#include "common/postgres/relative_path.h"
#include "common/program/human.h"
#include "common/store/memory_store.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

constexpr const char* kId = "20261121T031702Z-tl1-02";
const ObjectNames kNames("orders", 7438201938475610283U);
const Sealing kSealing{.threads = 1};
const Opening kOpening{.threads = 1};

// The first line is a frame of its own, as write_manifest() makes it.
void store_plaintext(Store& store, ByteView text) {
  const std::string object = kNames.manifest(kId);
  auto upload = store.create(object).value();
  auto sealed = SealedWriter::create(kSealing, kNames.identity(object), *upload).value();
  const std::size_t first = text_of(text).find('\n') + 1;  // 0 where there is none
  sealed->write(text.first(first)).value();
  sealed->end_frame().value();
  sealed->write(text.subspan(first)).value();
  sealed->finish().value();
  upload->commit().value();
}

std::string lines_of(const Manifest& manifest) {
  std::string lines = to_json_line(manifest.summary) + "\n";
  for (const auto& pack : manifest.packs) lines += to_json_line(pack) + "\n";
  for (const auto& directory : manifest.directories) lines += to_json_line(directory) + "\n";
  for (const auto& file : manifest.files) lines += to_json_line(file) + "\n";
  return lines;
}

void show(const BackupSummary& summary) {
  ListedSystem system{.cluster = summary.cluster,
                      .system_identifier = summary.system_identifier,
                      .store = "memory:",
                      .window = {}};
  BackupState state;
  state.entry = {.id = summary.id,
                 .system_identifier = summary.system_identifier,
                 .summary = summary,
                 .sealed = {},
                 .remedy = {},
                 .damaged = {}};
  system.window.backups = {state};
  system.window.begin = summary.started;
  system.window.end = summary.stopped;
  system.window.timeline = summary.timeline;
  (void)list_text(system, summary.stopped);
  (void)list_json(system).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  (void)postgres_time(summary.stopped);
}

void plan(const Manifest& manifest) {
  for (const auto& file : manifest.files) {
    must(stays_below(file.path), "no file leads elsewhere");
    std::uint64_t size = 0;
    for (const auto& run : file.runs) size += run.length;
    must(size == file.size, "runs are as long as their file");
  }
  for (const auto& directory : manifest.directories) {
    must(stays_below(directory.path), "no directory leads elsewhere");
  }
}

class NothingComes final : public PieceTaker {
 public:
  Result<> take(std::uint64_t, ByteView) override {
    must(false, "nothing is read out of packs that are not there");
    return {};
  }
  Result<> lost(const PackRecord&, const Error&) override { return {}; }
  Result<> finish() override { return {}; }
};

void fetch(Store& store, const ManifestFile& manifest) {
  const PackReaders packs(store, kNames, kOpening, manifest);
  const std::atomic<bool> cancel = false;
  auto files = manifest.files();
  must(
      run_frame_work({.packs = packs,
                      .next = [&] { return files.next(); },
                      .threads = 1,
                      .begin = [](const FileRecord&, std::uint64_t) -> std::unique_ptr<PieceTaker> {
                        return std::make_unique<NothingComes>();
                      },
                      .cancel = cancel})
          .has_value(),
      "what is lost is told");
}

void run(Input input) {
  MemoryStore store;
  store_plaintext(store, input.rest());
  const auto summary = read_summary(store, kNames, kId, kOpening);
  if (summary) show(*summary);
  const auto manifest = read_manifest(store, kNames, kId, kOpening);
  if (!manifest) return;
  plan(*manifest);
  fetch(store, ManifestFile::open(store, kNames, kId, kOpening).value());
  MemoryStore again;
  must(write_manifest(again, kNames, *manifest, kSealing).has_value(), "it can be written");
  const auto read = read_manifest(again, kNames, kId, kOpening);
  must(read.has_value(), "what was written can be read");
  must(lines_of(*read) == lines_of(*manifest), "it comes back as it was written");
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
