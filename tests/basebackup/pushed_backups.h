// Backups of a made-up database, one after the other, as take_backup() makes them once a server
// sends: into a store in memory, with what a host remembers of the last one in a file.
#pragma once

#include <map>
#include <string>

#include "basebackup/backup_recorder.h"
#include "common/store/memory_store.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {

using Files = std::map<std::string, std::string>;  // path -> content

struct PushedAs {
  bool incremental = false;  // the server sends only blocks that have changed, of what is listed
  bool full = false;
  bool remembered = true;
  std::uint64_t pack_size = std::uint64_t{1} << 30U;
};

inline constexpr std::uint32_t kBlock = 8192;
inline constexpr BlockLayout kBlocks{.size = kBlock, .in_a_segment = 131072};

class PushedBackups {
 public:
  // The manifest as it was written. Throws where anything is refused.
  Manifest push(const Files& files, const PushedAs& how = {});
  // The same, with what is refused as a result.
  Result<Manifest> try_push(const Files& files, const PushedAs& how = {});

  // Put together from its runs.
  [[nodiscard]] std::string content_of(const Manifest& manifest, const std::string& path);
  // Of every file in it but the server's own manifest.
  [[nodiscard]] Files contents_of(const Manifest& manifest);

  [[nodiscard]] std::filesystem::path memory() const { return folder_ / "memory"; }
  [[nodiscard]] MemoryStore& store() { return store_; }
  [[nodiscard]] const ObjectNames& names() const { return names_; }

 private:
  [[nodiscard]] std::vector<std::string>& frames_of(const PackRecord& pack);
  Result<> send(BackupRecorder& recorder, const Files& files, const Files& listed);

  TemporaryDirectory folder_;
  MemoryStore store_;
  ObjectNames names_{"orders", 7438201938475610283ULL};
  Files last_;  // what the remembered backup holds
  int count_ = 0;
  std::map<std::string, std::vector<std::string>> frames_;  // plaintext, by object
};

// Bytes that neither a frame nor a pack can make small.
[[nodiscard]] std::string noise(std::size_t size, std::uint64_t seed);

}  // namespace walden::testing
