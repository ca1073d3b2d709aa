// What a backup costs that no server here is large enough for: a stream of made-up files goes
// through everything behind the socket (tar, digests, packs, manifest, memory) into a store that
// keeps nothing and counts. A second backup after it, of the same files, refers to them.
//
//   backup-scale FILES BYTES-PER-FILE [EMPTY]
//   backup-scale 1000000 512      backup-scale 8 1073741824      backup-scale 1000 1073741824 15
//
// Content is half noise, half zeros, 32 KiB of each in turns; after each such MiB come EMPTY MiB of
// zeros, as where a table has room. The figures are of one run, one line
// for each backup.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>

#include "basebackup/backup_recorder.h"
#include "basebackup/manifest_writer.h"
#include "common/program/human.h"
#include "tests/postgres/tar_stream.h"

namespace walden {
namespace {

constexpr std::uint64_t kPart = std::uint64_t{8} << 20U;  // of a bucket's multipart upload

template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "backup-scale: {}\n", result.error().cause);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class CountingStore final : public Store {
 public:
  [[nodiscard]] std::string describe() const override { return "null:"; }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    return std::make_unique<Counted>(*this, std::string(name));
  }
  [[nodiscard]] Result<> read(std::string_view, ByteRange, ByteSink&) override {
    return fail(ErrorKind::absent, "nothing is kept");
  }
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override {
    ++requests;
    const auto found = sizes.find(std::string(name));
    if (found == sizes.end()) return fail(ErrorKind::absent, "it is not there");
    return ObjectEntry{.name = found->first, .size = found->second, .modified = 0};
  }
  [[nodiscard]] Result<> list(const ListRequest&, const Visitor&) override { return {}; }

  std::map<std::string, std::uint64_t> sizes;
  std::uint64_t requests = 0;

 private:
  class Counted final : public Upload {
   public:
    Counted(CountingStore& store, std::string name) : store_(store), name_(std::move(name)) {}
    [[nodiscard]] Result<> write(ByteView bytes) override {
      size_ += bytes.size();
      return {};
    }
    [[nodiscard]] Result<> commit() override {
      store_.sizes[name_] = size_;
      // A single PUT; else begin, parts, a look whether the name is taken, completion.
      store_.requests += size_ <= kPart ? 1 : (size_ + kPart - 1) / kPart + 3;
      return {};
    }

   private:
    CountingStore& store_;
    std::string name_;
    std::uint64_t size_ = 0;
  };
};

struct Shape {
  std::uint64_t files = 0;
  std::uint64_t file_size = 0;
  std::uint64_t empty = 0;  // MiB after each that is not
};

std::string half_noise(std::size_t size) {
  std::string text(size, '\0');
  std::minstd_rand noise(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (i / 32768 % 2 == 0) text[i] = static_cast<char>(noise() >> 16U);
  }
  return text;
}

// PostgreSQL's sizes from 8 GiB on are base-256; these stay below.
void send(BackupRecorder& recorder, const Shape& shape) {
  const BackupTablespace main{};
  must(recorder.started({.lsn = {}, .timeline = 1, .tablespaces = {main}, .estimated_size = 0}));
  must(recorder.begin_archive(main));
  std::string piece = half_noise(std::min<std::uint64_t>(shape.file_size, 1U << 20U));
  const std::string nothing(piece.size(), '\0');
  for (std::uint64_t i = 0; i < shape.files; ++i) {
    testing::TarEntry entry{.path = fmt::format("base/{}/{}", i / 1000, i)};
    std::string header = testing::tar_header(entry);
    testing::put(header, 124, fmt::format("{:011o} ", shape.file_size));
    testing::put_checksum(header);
    must(recorder.archive_data(bytes_of(header)));
    for (std::uint64_t left = shape.file_size; left > 0;) {
      const auto size = std::min<std::uint64_t>(left, piece.size());
      if (((shape.file_size - left) >> 20U) % (shape.empty + 1) != 0) {
        must(recorder.archive_data(bytes_of(std::string_view(nothing).substr(0, size))));
        left -= size;
        continue;
      }
      // No two of these are the same.
      piece.replace(0, std::min<std::size_t>(16, piece.size()),
                    fmt::format("{:08x}{:08x}", i, left).substr(0, piece.size()));
      must(recorder.archive_data(bytes_of(std::string_view(piece).substr(0, size))));
      left -= size;
    }
    must(recorder.archive_data(bytes_of(std::string((512 - shape.file_size % 512) % 512, '\0'))));
  }
  must(recorder.archive_data(bytes_of(testing::kTarEnd)));
  must(recorder.end_archive());
}

// VmHWM starts again from what is in use.
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

std::uint64_t peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

void back_up(CountingStore& store, const std::filesystem::path& memory_path, const Shape& shape,
             const std::string& id, const std::string& what) {
  const ObjectNames names("orders", 1);
  const Sealing sealing{.threads = 2};
  forget_peak();
  store.requests = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::unique_ptr<BackupMemory> memory;
  EarlierPacks packs;
  if (std::filesystem::exists(memory_path)) {
    memory = must(BackupMemory::open(memory_path));
    packs = EarlierPacks(memory->packs(), memory->in_use());
    must(packs.look(store, names));
  }
  BackupRecorder recorder(
      [&](const BackupStart&) -> Result<std::unique_ptr<PackWriter>> {
        return std::make_unique<PackWriter>(store, names, id, sealing, kPackSize,
                                            packs.last_number() + 1);
      },
      [](std::uint64_t) {}, [] {}, {memory.get(), memory ? &packs : nullptr});
  send(recorder, shape);
  auto recorded = must(recorder.finish());
  BackupSummary summary;
  summary.id = id;
  summary.cluster = names.cluster();
  summary.system_identifier = 1;
  summary.segment_size = 16U << 20U;
  summary.timeline = 1;
  summary.start = Lsn{0x2000028};
  summary.stop = Lsn{0x2000100};
  must(write_recorded_manifest(store, names, summary, recorded, sealing));
  must(write_backup_memory(memory_path, summary, {}, recorded.all_packs(), *recorded.files));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::uint64_t stored = 0;
  for (const auto& pack : recorded.packs) stored += pack.stored_size;
  fmt::print(
      "{:6}  {} files, {}: {:.1f} s, {:.0f} MB/s, stored {}, manifest {}, memory file {}, "
      "{} requests, peak RSS {}\n",
      what, recorded.file_count, human_size(recorded.database_size), took.count(),
      static_cast<double>(recorded.database_size) / 1e6 / took.count(), human_size(stored),
      human_size(store.sizes[names.manifest(id)]),
      human_size(std::filesystem::file_size(memory_path)), store.requests, human_size(peak()));
  std::fflush(stdout);  // the second takes as long
}

int run(const Shape& shape) {
  std::string folder = std::filesystem::temp_directory_path() / "backup-scale-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const auto memory = std::filesystem::path(folder) / "memory";
  CountingStore store;
  back_up(store, memory, shape, "20261121T031700Z-tl1-02", "first");
  back_up(store, memory, shape, "20261121T031701Z-tl1-02", "second");
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fmt::print(stderr, "usage: backup-scale FILES BYTES-PER-FILE [EMPTY]\n");
    return 2;
  }
  return walden::run({.files = std::stoull(argv[1]),
                      .file_size = std::stoull(argv[2]),
                      .empty = argc > 3 ? std::stoull(argv[3]) : 0});
}
