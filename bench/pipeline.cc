// How fast WAL is sealed and opened, against zstd alone. bench/README.md says how to run it.
#include <benchmark/benchmark.h>

#include "bench/wal_files.h"
#include "bench/zstd_alone.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden::bench {
namespace {

constexpr int kLevel = 1;

class NullSink final : public ByteSink {
 public:
  [[nodiscard]] Result<> write(ByteView bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    return {};
  }
};

ObjectIdentity identity() {
  return {"orders", 7438201938475610283U, "7438201938475610283/wal/00000001/000000A2/0000007C"};
}

unsigned threads_of(const benchmark::State& state) {
  return static_cast<unsigned>(state.range(0));
}

Suite suite_of(const benchmark::State& state) {
  return static_cast<Suite>(state.range(1));
}

// One pass over all files for each iteration; `work` returns the stored size of a file.
template <class Item, class Work>
void over_all(benchmark::State& state, const std::vector<Item>& items, const Work& work) {
  if (items.empty()) {
    state.SkipWithError("no WAL: set WALDEN_BENCH_WAL to a folder that bench/make-wal.sh filled");
    return;
  }
  const auto plain = static_cast<double>(total_size(wal_files()));
  std::size_t stored = 0;
  for (auto _ : state) {
    stored = 0;
    for (const auto& item : items) stored += work(item);
  }
  const auto passes = static_cast<double>(state.iterations());
  state.counters["MB/s"] = {plain * passes / 1e6, benchmark::Counter::kIsRate};
  state.counters["ratio"] = plain / static_cast<double>(stored);
}

void zstd_by_frame(benchmark::State& state) {
  over_all(state, wal_files(), [&](const Buffer& file) {
    return total_size(zstd_frames(file, kLevel, threads_of(state)));
  });
}

void zstd_by_stream(benchmark::State& state) {
  over_all(state, wal_files(),
           [&](const Buffer& file) { return zstd_stream(file, kLevel, threads_of(state)); });
}

struct Keys {
  std::shared_ptr<const SecretKey> secret =
      std::make_shared<const SecretKey>(SecretKey::generate());

  [[nodiscard]] Sealing sealing(Suite suite, unsigned threads) const {
    Sealing sealing;
    if (suite != Suite::checksummed) sealing.recipients = {secret->recipient()};
    sealing.suite = suite;
    sealing.compression_level = kLevel;
    sealing.threads = threads;
    return sealing;
  }
};

std::size_t seal(const Sealing& sealing, ByteView file, ByteSink& sink) {
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  const auto writer = SealedWriter::create(sealing, identity(), sink).value();
  for (std::size_t at = 0; at < file.size(); at += kPiece) {
    writer->write(file.subspan(at, std::min(kPiece, file.size() - at))).value();
  }
  return writer->finish().value().stored_size;
}

void seal(benchmark::State& state) {
  const Sealing sealing = Keys().sealing(suite_of(state), threads_of(state));
  NullSink sink;
  over_all(state, wal_files(), [&](const Buffer& file) { return seal(sealing, file, sink); });
}

void unzstd_by_frame(benchmark::State& state) {
  std::vector<std::vector<Buffer>> stored;
  for (const auto& file : wal_files()) stored.push_back(zstd_frames(file, kLevel, 2));
  over_all(state, stored, [&](const std::vector<Buffer>& frames) {
    benchmark::DoNotOptimize(unzstd_frames(frames, threads_of(state)));
    return total_size(frames);
  });
}

void open(benchmark::State& state) {
  const Keys keys;
  std::vector<Buffer> stored;
  for (const auto& file : wal_files()) {
    BufferSink object(std::size_t{1} << 30U);
    (void)seal(keys.sealing(suite_of(state), 2), file, object);
    stored.push_back(object.take());
  }
  NullSink sink;
  const Opening opening{
      .secret_key = keys.secret, .trusted_signers = {}, .threads = threads_of(state)};
  over_all(state, stored, [&](const Buffer& object) {
    SealedReader reader(opening, identity(), sink);
    reader.write(object).value();
    return reader.finish().value().stored_size;
  });
}

void sha256(benchmark::State& state) {
  over_all(state, wal_files(), [](const Buffer& file) {
    benchmark::DoNotOptimize(Sha256::of(file));
    return file.size();
  });
}

void threads_only(benchmark::internal::Benchmark* it) {
  it->ArgName("threads")->Arg(1)->Arg(2)->Arg(4)->UseRealTime()->MeasureProcessCPUTime();
}

void threads_and_suites(benchmark::internal::Benchmark* it) {
  it->ArgNames({"threads", "suite"})->ArgsProduct({{1, 2, 4}, {0, 1, 2}});
  it->UseRealTime()->MeasureProcessCPUTime();
}

BENCHMARK(sha256)->UseRealTime();
BENCHMARK(zstd_by_frame)->Apply(threads_only);
BENCHMARK(zstd_by_stream)->Apply(threads_only);
BENCHMARK(seal)->Apply(threads_and_suites);
BENCHMARK(unzstd_by_frame)->Apply(threads_only);
BENCHMARK(open)->Apply(threads_and_suites);

}  // namespace
}  // namespace walden::bench

BENCHMARK_MAIN();
