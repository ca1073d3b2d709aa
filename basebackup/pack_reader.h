// Frames of a backup's packs, fetched in ranges.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "basebackup/manifest_reader.h"
#include "common/bytes/sealed_reader.h"

namespace walden {

// One fetch is at most this much of a pack (a frame is never more): with the number of fetches at a
// time it bounds the memory, and it is long enough to make up for the way to a store.
inline constexpr std::uint64_t kFetchSize = std::uint64_t{4} << 20U;

// A pack whose frames can be opened. Safe to use from several threads.
class PackReader {
 public:
  // All references must outlive the reader.
  PackReader(Store& store, ObjectIdentity identity, const Opening& opening, const PackRecord& pack);

  [[nodiscard]] const PackRecord& record() const { return pack_; }
  [[nodiscard]] std::uint32_t frame_count() const;
  // Where a frame begins; of frame_count(): where the footer does.
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t frame) const;

  // From the pack's header, after its footer and tail were found to be those that the manifest
  // describes, and signed by whom this host trusts. What is wrong for good is not asked for again.
  [[nodiscard]] Result<const FrameOpener*> opener();
  // The stored bytes of the frames from `first` to before `end`, at most kFetchSize unless it is
  // one frame.
  [[nodiscard]] Result<> fetch(std::uint32_t first, std::uint32_t end, Buffer& stored) const;

 private:
  [[nodiscard]] Result<FrameOpener> open_pack() const;

  Store& store_;
  ObjectIdentity identity_;
  const Opening& opening_;
  const PackRecord& pack_;
  std::vector<std::uint64_t> offsets_;  // of each 64th frame
  std::mutex mutex_;
  std::optional<FrameOpener> opener_;
  std::optional<Error> broken_;
};

// The packs that a backup's files lie in, by their number in its manifest. All references must
// outlive it.
class PackReaders {
 public:
  PackReaders(Store& store, const ObjectNames& names, const Opening& opening,
              const ManifestFile& manifest);
  // Manifests are checked: every run names a pack that is there.
  [[nodiscard]] PackReader& pack(std::uint32_t number) const { return *packs_.at(number); }

 private:
  std::unordered_map<std::uint32_t, std::unique_ptr<PackReader>> packs_;
};

// Fetches frames and opens them; one for each thread, whose buffers it uses again and again.
class FrameReader {
 public:
  explicit FrameReader(const PackReaders& packs) : packs_(packs) {}

  // The frame's plaintext, valid during the call, or why it is not to be had.
  using Visit = std::function<Result<>(std::uint32_t frame, const Result<ByteView>& plaintext)>;
  // Visits the frames from `first` to before `end`, as PackReader::fetch() takes them. An error is
  // that of the pack as a whole, with none of them visited, or of a visit.
  [[nodiscard]] Result<> read(std::uint32_t pack, std::uint32_t first, std::uint32_t end,
                              const Visit& visit);

 private:
  const PackReaders& packs_;
  Buffer stored_;
  FrameJob job_;
};

}  // namespace walden
