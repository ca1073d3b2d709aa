// A sealed object in, as it comes from the store in pieces of any size; verified frames out, in
// order.
//
// Each frame handed to `plaintext` has passed its tag (or checksum) and belongs to `expected`. The
// object as a whole is only good once finish() has returned: truncation, appended bytes, a wrong
// count or digest, an untrusted signer are all found there. So a caller writes to a temporary and
// renames after finish(). Every defect is ErrorKind::corrupt and names the object and the frame; a
// missing or wrong key is ErrorKind::configuration; a newer format version is
// ErrorKind::configuration ("upgrade").
#pragma once

#include <memory>

#include "common/bytes/ordered_frames.h"
#include "common/bytes/sealed_object.h"

namespace walden {

class SealedReader final : public ByteSink {
 public:
  // `plaintext` must outlive the reader; it is only called from the thread that calls
  // write()/finish().
  SealedReader(const Opening& opening, const ObjectIdentity& expected, ByteSink& plaintext);
  ~SealedReader() override;

  [[nodiscard]] Result<> write(ByteView sealed) override;
  [[nodiscard]] Result<SealedSummary> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Opens single frames of an object whose header has been read: for restore, which fetches ranges.
// Every call may come from several threads at once. It must outlive the workers it gave out.
class FrameOpener {
 public:
  // `start` holds at least the whole header (the first kMaxHeaderSize bytes, or all of a smaller
  // object).
  [[nodiscard]] static Result<FrameOpener> create(const Opening& opening,
                                                  const ObjectIdentity& expected, ByteView start);
  FrameOpener(FrameOpener&&) noexcept;
  FrameOpener& operator=(FrameOpener&&) noexcept;
  ~FrameOpener();

  [[nodiscard]] std::uint32_t header_size() const;

  // For one thread that opens many frames: job.index, and job.in as FrameUnsealer wants it.
  [[nodiscard]] Result<std::unique_ptr<FrameWorker>> worker() const;
  // `stored`, exactly one frame with its length word, into `job` and opened there: its plaintext
  // is the first job.out_size bytes of job.out.
  [[nodiscard]] Result<> open(FrameWorker& worker, std::uint32_t frame, ByteView stored,
                              FrameJob& job) const;
  // The same for a single frame.
  [[nodiscard]] Result<Buffer> open(std::uint32_t frame, ByteView stored) const;

  // What follows the last frame, footer and tail: the stored sizes of all frames, after the
  // footer's tag and count, its signature, and the trust in its signer were found right. The
  // digests of the whole object are not compared: that takes the whole object.
  [[nodiscard]] Result<std::vector<std::uint32_t>> frame_sizes(std::uint32_t frames,
                                                               std::uint64_t footer_offset,
                                                               ByteView stored) const;

 private:
  struct State;
  explicit FrameOpener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads a whole object without any key: structure, the SHA-256 of what is stored (found in the
// tail), and for checksummed objects nothing more. It answers "is what lies there undamaged, and is
// it the content with this id?" on a host that can only write. Identity fields of the header are
// compared.
class StoredObjectChecker final : public ByteSink {
 public:
  explicit StoredObjectChecker(const ObjectIdentity& expected);
  ~StoredObjectChecker() override;
  [[nodiscard]] Result<> write(ByteView sealed) override;
  [[nodiscard]] Result<Digest> finish();  // the content id

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace walden
