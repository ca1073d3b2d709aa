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
// open() may be called from several threads at once.
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
  // `stored` is exactly one frame, its length word included. Returns its plaintext.
  [[nodiscard]] Result<Buffer> open(std::uint32_t frame, ByteView stored) const;

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
