// Sealed objects whose tags and digests are right and whose claims are not: what anybody can make
// who has a recipient's public key. Each step of the writer, open to lies; what follows a lie is
// made to fit it.
#pragma once

#include <functional>
#include <optional>

#include "common/bytes/frame_cipher.h"
#include "common/bytes/object_keys.h"
#include "common/bytes/sealed_footer.h"

namespace walden::testing {

// One zstd frame.
[[nodiscard]] Buffer compressed(ByteView plaintext);

void append(Buffer& out, ByteView bytes);

class Forger {
 public:
  Forger(const Sealing& sealing, const ObjectIdentity& identity);

  void add_frame(ByteView plaintext);
  void add_compressed(ByteView text);

  // After the frames: what an honest writer would say, to be changed.
  void describe();

  [[nodiscard]] Buffer finish(const std::function<void(Buffer&)>& change_footer = {});

  SealedFooter footer;
  SealedTail tail;
  std::optional<std::size_t> footer_frames;

 private:
  void append_sealed(ByteView text, std::uint64_t index, FrameType type, std::uint32_t flag);

  ObjectIdentity identity_;
  NewObject object_;
  FrameCipher cipher_;
  std::shared_ptr<const SigningKey> key_;
  Buffer stored_;
  Buffer plaintext_;
};

}  // namespace walden::testing
