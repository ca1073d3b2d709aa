#include "tests/bytes/forger.h"

#include <zstd.h>

#include "common/bytes/little_endian.h"

namespace walden::testing {

Buffer compressed(ByteView plaintext) {
  Buffer out(::ZSTD_compressBound(plaintext.size()));
  out.resize(::ZSTD_compress(out.data(), out.size(), plaintext.data(), plaintext.size(), 1));
  return out;
}

void append(Buffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Forger::Forger(const Sealing& sealing, const ObjectIdentity& identity)
    : identity_(identity),
      object_(begin_object(sealing, identity).value()),
      cipher_(FrameCipher::create(object_.keys, FrameCipher::Direction::seal).value()),
      key_(sealing.signing_key),
      stored_(object_.header.bytes) {}

void Forger::add_frame(ByteView plaintext) {
  add_compressed(compressed(plaintext));
  append(plaintext_, plaintext);
}

void Forger::add_compressed(ByteView text) {
  const std::uint32_t index = static_cast<std::uint32_t>(footer.frame_sizes.size());
  append_sealed(text, index, FrameType::frame, 0);
  footer.frame_sizes.push_back(static_cast<std::uint32_t>(text.size() + kTagSize + 4));
}

void Forger::describe() {
  footer.plaintext_size = plaintext_.size();
  footer.plaintext_digest = Sha256::of(plaintext_);
  tail.content_id = content_id(identity_, footer.plaintext_digest);
}

Buffer Forger::finish(const std::function<void(Buffer&)>& change_footer) {
  const std::size_t frames = footer_frames ? *footer_frames : footer.frame_sizes.size();
  Buffer text = encode_footer(footer, object_.keys.header_hash, key_.get());
  if (change_footer) change_footer(text);
  tail.footer_offset = stored_.size();
  append_sealed(text, frames, FrameType::footer, kFooterBit);
  tail.footer_size = static_cast<std::uint32_t>(stored_.size() - tail.footer_offset);
  append(stored_, encode_tail_start(tail));
  append(stored_, Sha256::of(stored_));
  append(stored_, kTailMagic);
  return std::move(stored_);
}

void Forger::append_sealed(ByteView text, std::uint64_t index, FrameType type, std::uint32_t flag) {
  Buffer body(text.begin(), text.end());
  body.resize(body.size() + kTagSize);
  cipher_.seal(index, type, body).value();
  append_le(stored_, static_cast<std::uint32_t>(body.size()) | flag);
  append(stored_, body);
}

}  // namespace walden::testing
