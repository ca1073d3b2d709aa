#include <fmt/format.h>

#include "common/bytes/frame_workers.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/object_keys.h"
#include "common/bytes/sealed_footer.h"
#include "common/bytes/sealed_reader.h"

namespace walden {

struct FrameOpener::State {
  ObjectIdentity identity;
  std::vector<SignerId> trusted_signers;
  SealedHeader header;
  ObjectKeys keys;

  [[nodiscard]] Result<SealedFooter> open_footer(std::uint32_t frames, std::uint64_t footer_offset,
                                                 ByteView stored) const;
};

namespace {

Result<SealedHeader> header_of(const ObjectIdentity& expected, ByteView start) {
  const auto cut_short = [] { return fail(ErrorKind::corrupt, "it is cut short in its header"); };
  if (start.size() < kHeaderStartSize) return cut_short();
  const std::size_t size = TRY(header_size_of(start));
  if (start.size() < size) return cut_short();
  auto header = TRY(parse_header(start.first(size)));
  TRY(check_identity(header.identity, expected));
  return header;
}

Result<> check_length(ByteView stored, std::uint32_t frame) {
  if (stored.size() > kLengthWordSize + kTagSize &&
      load_le<std::uint32_t>(stored, 0) == stored.size() - kLengthWordSize) {
    return {};
  }
  return fail(ErrorKind::corrupt, fmt::format("frame {} is damaged: its length is wrong", frame));
}

}  // namespace

FrameOpener::FrameOpener(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameOpener::FrameOpener(FrameOpener&&) noexcept = default;
FrameOpener& FrameOpener::operator=(FrameOpener&&) noexcept = default;
FrameOpener::~FrameOpener() = default;

Result<FrameOpener> FrameOpener::create(const Opening& opening, const ObjectIdentity& expected,
                                        ByteView start) {
  const std::string context = "cannot open " + expected.name;
  auto header = header_of(expected, start);
  if (!header) return std::unexpected(header.error().within(context));
  auto keys = open_object(*header, opening.secret_key.get());
  if (!keys) return std::unexpected(keys.error().within(context));
  auto state = std::make_unique<State>();
  state->identity = expected;
  state->trusted_signers = opening.trusted_signers;
  state->header = std::move(*header);
  state->keys = std::move(*keys);
  return FrameOpener(std::move(state));
}

std::uint32_t FrameOpener::header_size() const {
  return static_cast<std::uint32_t>(state_->header.bytes.size());
}

Result<std::unique_ptr<FrameWorker>> FrameOpener::worker() const {
  return FrameUnsealer::create(state_->keys, state_->header.frame_size);
}

Result<> FrameOpener::open(FrameWorker& worker, std::uint32_t frame, ByteView stored,
                           FrameJob& job) const {
  auto opened = check_length(stored, frame);
  if (opened) {
    const ByteView body = stored.subspan(kLengthWordSize);
    job.index = frame;
    job.in.assign(body.begin(), body.end());
    opened = worker.run(job);
  }
  if (opened) return {};
  return std::unexpected(opened.error().within("cannot open " + state_->identity.name));
}

Result<Buffer> FrameOpener::open(std::uint32_t frame, ByteView stored) const {
  const auto own = TRY(worker());
  FrameJob job;
  TRY(open(*own, frame, stored, job));
  job.out.resize(job.out_size);
  return std::move(job.out);
}

Result<SealedFooter> FrameOpener::State::open_footer(std::uint32_t frames,
                                                     std::uint64_t footer_offset,
                                                     ByteView stored) const {
  const auto damaged = [](std::string_view why) {
    return fail(ErrorKind::corrupt, std::string("its footer is damaged: ").append(why));
  };
  if (stored.size() < kLengthWordSize + kTailSize) return damaged("it is cut short");
  const SealedTail tail = TRY(parse_tail(stored.last(kTailSize)));
  const ByteView footer = stored.first(stored.size() - kTailSize);
  if (tail.footer_offset != footer_offset || tail.footer_size != footer.size() ||
      load_le<std::uint32_t>(footer, 0) != ((footer.size() - kLengthWordSize) | kFooterBit)) {
    return damaged("it does not lie where its frames end");
  }
  Buffer sealed(footer.begin() + kLengthWordSize, footer.end());
  auto cipher = TRY(FrameCipher::create(keys, FrameCipher::Direction::open));
  auto plaintext = cipher.open(frames, FrameType::footer, sealed);
  if (!plaintext) return damaged(plaintext.error().cause);
  auto parsed = TRY(parse_footer(*plaintext, keys.header_hash));
  TRY(check_signer(parsed.signer, trusted_signers));
  if (tail.content_id != content_id(identity, parsed.plaintext_digest)) {
    return fail(ErrorKind::corrupt, "its tail is damaged: the content id is of other content");
  }
  return parsed;
}

Result<std::vector<std::uint32_t>> FrameOpener::frame_sizes(std::uint32_t frames,
                                                            std::uint64_t footer_offset,
                                                            ByteView stored) const {
  auto footer = state_->open_footer(frames, footer_offset, stored);
  if (footer) return std::move(footer->frame_sizes);
  return std::unexpected(footer.error().within("cannot open " + state_->identity.name));
}

}  // namespace walden
