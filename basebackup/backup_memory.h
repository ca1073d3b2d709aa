// What this host remembers of its last backup of a cluster, so that the next one stores only what
// has changed: of each file the digest of each MiB and where it lies. No secret is in it, and
// nothing that a restore needs: lost or damaged, the next backup is simply full.
//
//   magic, version
//   u32 length | the backup's summary, a line of its manifest
//   u32 length | how it was sealed, a word of its own (sealing_word)
//   u32 length | the server's data_checksums; from version 2
//   u32 count, as many  u32 length | a pack, a line of its manifest | u64 bytes of its plaintext
//   files   as file_entry.h encodes them, in the order in which the server sent them
//   index   per file  u64 hash of its path | u64 offset of its entry, ascending
//   footer  u64 offset of the files | u64 offset of the index | SHA-256 of everything before it
//
// Integers are little-endian. In memory of the process: the packs, and 8 bytes for every
// kIndexBlock files.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/file_entry.h"

namespace walden {

inline constexpr std::size_t kIndexBlock = 256;  // entries

// What the manifest does not say.
struct MemoryWords {
  std::string sealing;         // sealing_word()
  std::string data_checksums;  // the server's, as SHOW prints it; empty: not known (version 1)
};

// Tells whether two backups are sealed to the same people: a backup must not refer to what its own
// readers cannot open, or to what was never sealed.
[[nodiscard]] std::string sealing_word(const Sealing& sealing);

// By system identifier and store (its description), below the cluster's state directory: whoever
// backs up to two places in turn has a memory of each.
[[nodiscard]] std::filesystem::path memory_path(const std::filesystem::path& state_directory,
                                                std::uint64_t system_identifier,
                                                std::string_view store);

class BackupMemory {
 public:
  // Reads the file once and checks all of it against its own digest. ErrorKind::absent where there
  // is none; corrupt for a damaged one.
  [[nodiscard]] static Result<std::unique_ptr<BackupMemory>> open(
      const std::filesystem::path& path);

  [[nodiscard]] const BackupSummary& summary() const { return summary_; }
  [[nodiscard]] const std::string& sealing() const { return words_.sealing; }
  [[nodiscard]] const std::string& data_checksums() const { return words_.data_checksums; }
  [[nodiscard]] const std::vector<PackRecord>& packs() const { return packs_; }
  // Bytes of files in each pack, by its number.
  [[nodiscard]] const std::map<std::uint32_t, std::uint64_t>& in_use() const { return in_use_; }

  // Fast where files are asked for in the order in which they are remembered. Null: not remembered.
  [[nodiscard]] Result<std::unique_ptr<FileEntry>> find(const std::string& path);

  // Every file, in order.
  [[nodiscard]] EntryReader files() const { return {fd_.get(), files_, index_}; }

 private:
  explicit BackupMemory(FileDescriptor fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<> load();
  [[nodiscard]] Result<> load_index(std::uint64_t end);
  [[nodiscard]] Result<std::unique_ptr<FileEntry>> look_up(const std::string& path);

  FileDescriptor fd_;
  BackupSummary summary_;
  MemoryWords words_;
  std::vector<PackRecord> packs_;
  std::map<std::uint32_t, std::uint64_t> in_use_;
  std::uint64_t files_ = 0;            // offset
  std::uint64_t index_ = 0;            // offset
  std::uint64_t index_size_ = 0;       // entries
  std::vector<std::uint64_t> fences_;  // the hash of every kIndexBlock-th
  std::optional<EntryReader> cursor_;  // behind the file that was found last, and `ahead_`
  std::optional<FileEntry> ahead_;     // the file after it
};

// Replaces what is remembered, in one step: after a crash it is the old or the new. `files` are the
// entries, encoded; those that the packs of `summary` and `packs` hold.
[[nodiscard]] Result<> write_backup_memory(const std::filesystem::path& path,
                                           const BackupSummary& summary, const MemoryWords& words,
                                           const std::vector<PackRecord>& packs, Spool& files);

}  // namespace walden
