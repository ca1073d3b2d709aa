#include "common/bytes/sealed_writer.h"

#include <algorithm>

#include "common/bytes/frame_workers.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/object_keys.h"
#include "common/bytes/sealed_footer.h"

namespace walden {

struct SealedWriter::State {
  State(const Sealing& how, NewObject new_object, ByteSink& to)
      : sealing(how),
        object(std::move(new_object)),
        sink(to),
        frames(
            how.threads,
            [this] {
              return FrameSealer::create(object.keys, sealing.compression_level, plaintext_digest);
            },
            [this](const FrameJob& job) { return emit_frame(job); }) {}

  [[nodiscard]] Result<> emit(ByteView bytes);
  [[nodiscard]] Result<> emit_frame(const FrameJob& job);
  [[nodiscard]] Result<> add(ByteView plaintext);
  [[nodiscard]] Result<> end_frame();
  [[nodiscard]] Result<> emit_footer();
  [[nodiscard]] Result<SealedSummary> finish();
  // The first error stays: what was written before it is no object any more.
  template <class T>
  [[nodiscard]] Result<T> remember(Result<T> result);

  Sealing sealing;
  NewObject object;
  ByteSink& sink;
  DigestInOrder plaintext_digest;
  Sha256 stored_sha256;
  std::uint64_t stored = 0;
  std::uint32_t next_frame = 0;
  FrameJob* filling = nullptr;
  SealedFooter footer;
  Result<> broken;
  OrderedFrames frames;  // last: its threads end before what they use
};

Result<> SealedWriter::State::emit(ByteView bytes) {
  stored_sha256.update(bytes);
  stored += bytes.size();
  return sink.write(bytes);
}

Result<> SealedWriter::State::emit_frame(const FrameJob& job) {
  footer.frame_sizes.push_back(static_cast<std::uint32_t>(job.out_size));
  return emit(ByteView(job.out).first(job.out_size));
}

Result<> SealedWriter::State::add(ByteView plaintext) {
  while (!plaintext.empty()) {
    if (filling == nullptr) {
      filling = TRY(frames.next());
      filling->in.reserve(kFrameSize);
    }
    auto& in = filling->in;
    const ByteView piece = plaintext.first(std::min(kFrameSize - in.size(), plaintext.size()));
    in.insert(in.end(), piece.begin(), piece.end());
    plaintext = plaintext.subspan(piece.size());
    if (in.size() == kFrameSize) TRY(end_frame());
  }
  return {};
}

Result<> SealedWriter::State::end_frame() {
  if (filling == nullptr) return {};
  if (next_frame == kMaxFrames) {
    return fail(ErrorKind::usage, "cannot seal an object: it has more frames than one may have");
  }
  FrameJob* full = std::exchange(filling, nullptr);
  full->index = next_frame++;
  footer.plaintext_size += full->in.size();
  frames.submit(full);
  return {};
}

Result<> SealedWriter::State::emit_footer() {
  Buffer body = encode_footer(footer, object.keys.header_hash, sealing.signing_key.get());
  body.resize(body.size() + kTagSize);
  auto cipher = TRY(FrameCipher::create(object.keys, FrameCipher::Direction::seal));
  TRY(cipher.seal(footer.frame_sizes.size(), FrameType::footer, body));
  Buffer stored_footer;
  append_le(stored_footer, static_cast<std::uint32_t>(body.size()) | kFooterBit);
  stored_footer.insert(stored_footer.end(), body.begin(), body.end());
  return emit(stored_footer);
}

Result<SealedSummary> SealedWriter::State::finish() {
  TRY(end_frame());
  TRY(frames.drain());
  footer.plaintext_digest = plaintext_digest.finish();
  if (sealing.signing_key) footer.signer = sealing.signing_key->signer();
  SealedTail tail{.footer_offset = stored};
  TRY(emit_footer());
  tail.footer_size = static_cast<std::uint32_t>(stored - tail.footer_offset);
  tail.content_id = content_id(object.header.identity, footer.plaintext_digest);
  TRY(emit(encode_tail_start(tail)));
  TRY(emit(stored_sha256.finish()));
  TRY(emit(kTailMagic));
  return SealedSummary{.plaintext_size = footer.plaintext_size,
                       .plaintext_digest = footer.plaintext_digest,
                       .content_id = tail.content_id,
                       .stored_size = stored,
                       .header_size = static_cast<std::uint32_t>(object.header.bytes.size()),
                       .frame_sizes = std::move(footer.frame_sizes),
                       .signer = footer.signer};
}

template <class T>
Result<T> SealedWriter::State::remember(Result<T> result) {
  if (!result) broken = std::unexpected(result.error());
  return result;
}

SealedWriter::SealedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedWriter::~SealedWriter() = default;

Result<std::unique_ptr<SealedWriter>> SealedWriter::create(const Sealing& sealing,
                                                           const ObjectIdentity& identity,
                                                           ByteSink& sink) {
  auto object = TRY(begin_object(sealing, identity));
  auto state = std::make_unique<State>(sealing, std::move(object), sink);
  TRY(state->emit(state->object.header.bytes));
  return std::unique_ptr<SealedWriter>(new SealedWriter(std::move(state)));
}

Result<> SealedWriter::write(ByteView plaintext) {
  TRY(state_->broken);
  return state_->remember(state_->add(plaintext));
}

Result<> SealedWriter::end_frame() {
  TRY(state_->broken);
  return state_->remember(state_->end_frame());
}

SealedWriter::Position SealedWriter::position() const {
  const auto* filling = state_->filling;
  return {.frame = state_->next_frame,
          .offset = filling == nullptr ? 0 : static_cast<std::uint32_t>(filling->in.size())};
}

std::uint64_t SealedWriter::stored_so_far() const {
  return state_->stored;
}

Result<SealedSummary> SealedWriter::finish() {
  TRY(state_->broken);
  auto summary = state_->remember(state_->finish());
  if (summary) state_->broken = fail(ErrorKind::usage, "cannot write to a finished object");
  return summary;
}

}  // namespace walden
