// A backup of very many small files, made, restored and verified: time and memory of each.
//
//   many-files make STORE COUNT [BYTES]     into an empty directory; each file up to BYTES (4000)
//   many-files restore STORE TARGET         as basebackup restore goes about it, but for the WAL
//   many-files verify STORE
//
// One process for each, because each has a peak of its own.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "basebackup/pack_writer.h"
#include "basebackup/restore_files.h"
#include "basebackup/verify_packs.h"
#include "common/store/directory_store.h"

namespace walden {
namespace {

constexpr const char* kId = "20261121T031702Z-tl1-02";
const ObjectNames kNames("many", 7438201938475610283U);

void must(const Result<>& result) {
  if (!result) throw std::runtime_error(result.error().cause);
}
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  return std::move(*result);
}

BackupSummary summary() {
  BackupSummary summary;
  summary.id = kId;
  summary.cluster = kNames.cluster();
  summary.system_identifier = kNames.system_identifier();
  summary.server_version = 150018;
  summary.segment_size = 16U << 20U;
  summary.timeline = 1;
  summary.start = Lsn{0x2000028};
  summary.stop = Lsn{0x2000100};
  return summary;
}

// Compresses about as well as a table.
void fill(std::string& content, std::uint64_t number, std::size_t size) {
  content.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    number = number * 6364136223846793005U + 1442695040888963407U;
    content[i] = static_cast<char>(number >> ((i & 1U) != 0 ? 33U : 62U));
  }
}

FileRecord packed(PackWriter& packs, std::string path, const std::string& content) {
  must(packs.begin_file(content.size()));
  must(packs.write(bytes_of(content)));
  return {.path = std::move(path),
          .size = content.size(),
          .modified = 1795231000,
          .digest = ContentHasher::of(ContentDigest::Kind::chunked, bytes_of(content)),
          .runs = packs.end_file()};
}

void make(Store& store, std::uint64_t count, std::size_t largest) {
  const Sealing sealing;
  PackWriter packs(store, kNames, kId, sealing);
  Manifest manifest{
      .summary = summary(), .packs = {}, .directories = {{.path = "global"}}, .files = {}};
  std::string content;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string folder = fmt::format("base/{}", i / 1000);
    if (i == 0) manifest.directories.push_back({.path = "base"});
    if (i % 1000 == 0) manifest.directories.push_back({.path = folder});
    fill(content, i, i % (largest + 1));
    manifest.files.push_back(packed(packs, fmt::format("{}/{}", folder, i), content));
    manifest.summary.database_size += content.size();
  }
  manifest.files.push_back(packed(packs, kControlFilePath, std::string(8192, 'c')));
  manifest.packs = must(packs.finish());
  manifest.summary.file_count = manifest.files.size();
  manifest.summary.pack_count = static_cast<std::uint32_t>(manifest.packs.size());
  must(write_manifest(store, kNames, manifest, sealing));
}

void restore(Store& store, const std::string& target) {
  const Opening opening;
  const auto manifest = must(ManifestFile::open(store, kNames, kId, opening));
  const RestorePlace place{.pgdata = target};
  RestoredTree tree(place);
  const std::atomic<bool> cancel = false;
  const FileRestore restore{.store = store,
                            .names = kNames,
                            .opening = opening,
                            .manifest = manifest,
                            .tree = tree,
                            .threads = opening.threads,
                            .advance = [](std::uint64_t) {},
                            .cancel = cancel};
  must(tree.claim(manifest.summary()));
  must(tree.make_directories(manifest));
  must(restore_files(restore));
  must(tree.sync_files(manifest, opening.threads, cancel));
  must(tree.sync_directories());
  must(restore_control_file(restore));
  must(tree.release());
}

void verify(Store& store) {
  const Opening opening;
  const auto manifest = must(ManifestFile::open(store, kNames, kId, opening));
  const std::atomic<bool> cancel = false;
  Verification verification;
  must(verify_packs({.store = store,
                     .names = kNames,
                     .opening = opening,
                     .manifest = manifest,
                     .threads = opening.threads,
                     .advance = [](std::uint64_t) {},
                     .cancel = cancel},
                    verification));
  fmt::print("{} files, {} problems\n", verification.counts().files,
             verification.problems().size());
}

void run(const std::vector<std::string>& words) {
  DirectoryStore store(words.at(1));
  const std::string& what = words.at(0);
  const auto begun = std::chrono::steady_clock::now();
  if (what == "make")
    make(store, std::stoull(words.at(2)), words.size() > 3 ? std::stoul(words[3]) : 4000);
  if (what == "restore") restore(store, words.at(2));
  if (what == "verify") verify(store);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("{}: {:.1f} s, at most {:.0f} MB of memory\n", what, took.count(),
             static_cast<double>(usage.ru_maxrss) * 1024 / 1e6);
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  try {
    walden::run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "many-files: {}\n", error.what());
    return 1;
  }
}
