// Frames of a backup's packs, fetched in ranges.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "basebackup/manifest.h"
#include "common/bytes/sealed_reader.h"

namespace walden {

// One fetch is at most this much of a pack, so that memory is bounded by the number of threads.
inline constexpr std::uint64_t kFetchSize = std::uint64_t{8} << 20U;

// A pack whose frames can be opened. Safe to use from several threads.
class PackReader {
 public:
  PackReader(Store& store, ObjectIdentity identity, const Opening& opening, const PackRecord& pack);

  [[nodiscard]] const PackRecord& record() const { return pack_; }
  [[nodiscard]] std::uint32_t frame_count() const;

  // The stored bytes of frames `first` to `last` or, where these are more than kFetchSize, of as
  // many as fit; at least one.
  struct Fetched {
    std::uint32_t first = 0;
    std::uint32_t end = 0;  // the frame after the last one that was fetched
    Buffer stored;
  };
  [[nodiscard]] Result<Fetched> fetch(std::uint32_t first, std::uint32_t last) const;
  // The plaintext of one of the fetched frames.
  [[nodiscard]] Result<Buffer> open(const Fetched& fetched, std::uint32_t frame);

 private:
  [[nodiscard]] Result<const FrameOpener*> opener();

  Store& store_;
  ObjectIdentity identity_;
  const Opening& opening_;
  const PackRecord& pack_;
  std::vector<std::uint64_t> offsets_;  // of each frame; one more for the end of the last
  std::mutex mutex_;
  std::optional<FrameOpener> opener_;  // from the pack's header, read when first needed
};

// The packs of one backup, by their number in its manifest. All references must outlive it.
class PackReaders {
 public:
  // ErrorKind::corrupt for a pack that is not one of this cluster's, and for impossible frames.
  [[nodiscard]] static Result<PackReaders> create(Store& store, const ObjectNames& names,
                                                  const Opening& opening, const Manifest& manifest);
  // Manifests are checked: every run names a pack that is there.
  [[nodiscard]] PackReader& pack(std::uint32_t number) const { return *packs_.at(number); }

 private:
  std::unordered_map<std::uint32_t, std::unique_ptr<PackReader>> packs_;
};

// Streams runs, one after the other, into a sink. One per thread. It keeps what it fetched last, so
// that small files that share frames are fetched once.
class RunReader {
 public:
  explicit RunReader(const PackReaders& packs) : packs_(packs) {}

  // `ahead`: the last frame of the same pack that will be wanted soon; fetched along.
  [[nodiscard]] Result<> read(const FileRun& run, std::uint32_t ahead, ByteSink& sink);

 private:
  [[nodiscard]] Result<ByteView> plaintext(std::uint32_t pack, std::uint32_t frame,
                                           std::uint32_t ahead);

  const PackReaders& packs_;
  std::uint32_t fetched_pack_ = 0;
  PackReader::Fetched fetched_;
  std::uint32_t open_frame_ = 0;
  std::uint32_t open_pack_ = 0;  // 0: none is open
  Buffer open_;
};

}  // namespace walden
