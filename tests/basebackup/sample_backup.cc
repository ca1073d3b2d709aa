#include "tests/basebackup/sample_backup.h"

#include <stdexcept>

#include "basebackup/pack_writer.h"

namespace walden::testing {
namespace {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  return std::move(*result);
}

void must(const Result<>& result) {
  if (!result) throw std::runtime_error(result.error().cause);
}

}  // namespace

BackupSummary sample_summary() {
  BackupSummary summary;
  summary.id = "20261121T031702Z-tl1-02";
  summary.label = "nightly";
  summary.cluster = "orders";
  summary.system_identifier = 7438201938475610283ULL;
  summary.server_version = 150018;
  summary.segment_size = 16U << 20U;
  summary.timeline = 1;
  summary.start = Lsn{0x2000028};
  summary.stop = Lsn{0x2000100};
  summary.started = Instant{1795231022000000};
  summary.stopped = Instant{1795231269000000};
  return summary;
}

ObjectNames names_of(const BackupSummary& summary) {
  return {summary.cluster, summary.system_identifier};
}

Manifest store_sample_backup(Store& store, BackupSummary summary,
                             const std::map<std::string, std::string>& files,
                             const Sealing& sealing, std::uint64_t pack_size) {
  const ObjectNames names = names_of(summary);
  PackWriter packs(store, names, summary.id, sealing, pack_size);
  Manifest manifest;
  for (const auto& [path, content] : files) {
    must(packs.begin_file(content.size()));
    must(packs.write(bytes_of(content)));
    manifest.files.push_back(
        {.path = path,
         .mode = 0600,
         .size = content.size(),
         .modified = 1795231000,
         .digest = ContentHasher::of(ContentDigest::Kind::sha256, bytes_of(content)),
         .runs = packs.end_file()});
    summary.database_size += content.size();
  }
  manifest.packs = value_of(packs.finish());
  for (const auto& pack : manifest.packs) summary.stored_size += pack.stored_size;
  summary.file_count = manifest.files.size();
  summary.pack_count = static_cast<std::uint32_t>(manifest.packs.size());
  manifest.summary = std::move(summary);
  must(write_manifest(store, names, manifest, sealing));
  return manifest;
}

}  // namespace walden::testing
