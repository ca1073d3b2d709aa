#include "common/bytes/sealed_reader.h"

#include "common/bytes/frame_workers.h"
#include "common/bytes/object_keys.h"
#include "common/bytes/object_parser.h"

namespace walden {

struct SealedReader::State final : ObjectParts {
  State(const Opening& how, const ObjectIdentity& identity, ByteSink& to)
      : opening(how), expected(identity), sink(to), parser(*this) {}

  [[nodiscard]] Result<> on_header(const SealedHeader& header) override;
  [[nodiscard]] Result<> on_frame(std::uint32_t index, Buffer& sealed) override;
  [[nodiscard]] Result<> on_footer(std::span<std::uint8_t> sealed) override;
  [[nodiscard]] Result<> deliver(const FrameJob& job);
  [[nodiscard]] Result<SealedSummary> finish();
  // Names the object, unless the sink failed: that is not the object's fault. The first error
  // stays.
  template <class T>
  [[nodiscard]] Result<T> remember(Result<T> result);

  Opening opening;
  ObjectIdentity expected;
  ByteSink& sink;
  ObjectParser parser;
  ObjectKeys keys;
  Sha256 plaintext_sha256;
  std::uint64_t plaintext_size = 0;
  std::uint32_t frame_count = 0;
  SealedFooter footer;
  bool sink_failed = false;
  Result<> broken;
  std::unique_ptr<OrderedFrames> frames;  // last: its threads end before what they use
};

Result<> SealedReader::State::on_header(const SealedHeader& header) {
  TRY(check_identity(header.identity, expected));
  keys = TRY(open_object(header, opening.secret_key.get()));
  frames = std::make_unique<OrderedFrames>(
      opening.threads,
      [this, size = header.frame_size] { return FrameUnsealer::create(keys, size); },
      [this](const FrameJob& job) { return deliver(job); });
  return {};
}

Result<> SealedReader::State::on_frame(std::uint32_t index, Buffer& sealed) {
  FrameJob* job = TRY(frames->next());
  job->index = index;
  job->in.swap(sealed);
  frames->submit(job);
  return {};
}

Result<> SealedReader::State::deliver(const FrameJob& job) {
  const ByteView plaintext = ByteView(job.out).first(job.out_size);
  plaintext_sha256.update(plaintext);
  plaintext_size += plaintext.size();
  ++frame_count;
  auto written = sink.write(plaintext);
  sink_failed = !written;
  return written;
}

Result<> SealedReader::State::on_footer(std::span<std::uint8_t> sealed) {
  TRY(frames->drain());
  auto cipher = TRY(FrameCipher::create(keys, FrameCipher::Direction::open));
  auto plaintext = cipher.open(frame_count, FrameType::footer, sealed);
  if (!plaintext) return std::unexpected(plaintext.error().within("its footer is damaged"));
  footer = TRY(parse_footer(*plaintext, keys.header_hash));
  if (footer.plaintext_size != plaintext_size ||
      footer.plaintext_digest != plaintext_sha256.finish()) {
    return fail(ErrorKind::corrupt, "its content does not match the size and digest in its footer");
  }
  return check_signer(footer.signer, opening.trusted_signers);
}

Result<SealedSummary> SealedReader::State::finish() {
  auto outline = TRY(parser.finish());
  if (footer.frame_sizes != outline.frame_sizes) {
    return fail(ErrorKind::corrupt, "its frames do not match the sizes in its footer");
  }
  if (outline.tail.content_id != content_id(expected, footer.plaintext_digest)) {
    return fail(ErrorKind::corrupt, "its tail is damaged: the content id is of other content");
  }
  return SealedSummary{.plaintext_size = plaintext_size,
                       .plaintext_digest = footer.plaintext_digest,
                       .content_id = outline.tail.content_id,
                       .stored_size = outline.stored_size,
                       .header_size = outline.header_size,
                       .frame_sizes = std::move(outline.frame_sizes),
                       .signer = footer.signer};
}

template <class T>
Result<T> SealedReader::State::remember(Result<T> result) {
  if (result) return result;
  broken = std::unexpected(sink_failed ? result.error()
                                       : result.error().within("cannot open " + expected.name));
  return std::unexpected(broken.error());
}

SealedReader::SealedReader(const Opening& opening, const ObjectIdentity& expected,
                           ByteSink& plaintext)
    : state_(std::make_unique<State>(opening, expected, plaintext)) {}

SealedReader::~SealedReader() = default;

Result<> SealedReader::write(ByteView sealed) {
  TRY(state_->broken);
  return state_->remember(state_->parser.write(sealed));
}

Result<SealedSummary> SealedReader::finish() {
  TRY(state_->broken);
  return state_->remember(state_->finish());
}

}  // namespace walden
