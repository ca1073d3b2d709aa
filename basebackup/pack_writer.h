// Files in, packs out: each pack a sealed object of many files' frames (design: base backup).
//
// A file of at least a quarter of a frame begins a frame of its own, so that a later backup can
// refer to its unchanged frames; smaller ones share frames. A pack ends at the first frame boundary
// after `pack_size` stored bytes; a file may go on in the next. Memory: the frames in flight of one
// pack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "common/bytes/sealed_writer.h"

namespace walden {

inline constexpr std::uint64_t kPackSize = std::uint64_t{4} << 30U;

class PackWriter final : public ByteSink {
 public:
  // All references must outlive the writer. Packs are numbered from `first_number` on in the
  // manifest, where it refers to earlier backups' packs too; in the store from 1 on.
  PackWriter(Store& store, const ObjectNames& names, std::string backup_id, const Sealing& sealing,
             std::uint64_t pack_size = kPackSize, std::uint32_t first_number = 1);
  ~PackWriter() override;  // aborts the pack being written

  [[nodiscard]] Result<> begin_file(std::uint64_t expected_size);
  // For a part of the file that can be referred to by itself: as for a file of that size.
  [[nodiscard]] Result<> begin_part(std::uint64_t expected_size);
  [[nodiscard]] Result<> write(ByteView content) override;
  void refer(const FileRun& run);  // the file goes on with what is stored already
  [[nodiscard]] std::vector<FileRun> end_file();

  // Commits the last pack. Nothing may be written afterwards.
  [[nodiscard]] Result<std::vector<PackRecord>> finish();

 private:
  [[nodiscard]] Result<> open_pack();
  [[nodiscard]] Result<> close_pack();
  [[nodiscard]] bool pack_is_full() const;
  [[nodiscard]] std::uint32_t number() const;  // of the pack being written

  Store& store_;
  const ObjectNames& names_;
  std::string backup_id_;
  const Sealing& sealing_;
  std::uint64_t pack_size_;
  std::uint32_t first_number_;

  std::string object_;  // the name of the pack being written
  std::unique_ptr<Upload> upload_;
  std::unique_ptr<SealedWriter> sealed_;  // writes into upload_: destroyed before it
  std::vector<PackRecord> packs_;
  std::vector<FileRun> runs_;
};

}  // namespace walden
