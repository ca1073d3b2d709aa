#include "common/bytes/object_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/frame_cipher.h"
#include "common/bytes/frame_compressor.h"
#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::size_t kLengthSize = sizeof(std::uint32_t);

}  // namespace

Result<> ObjectParser::write(ByteView stored) {
  while (!stored.empty()) {
    if (step_ == Step::end) {
      return fail(ErrorKind::corrupt, "something was appended to it: bytes follow its end");
    }
    const ByteView piece = stored.first(std::min(needed_ - part_.size(), stored.size()));
    part_.insert(part_.end(), piece.begin(), piece.end());
    outline_.stored_size += piece.size();
    stored = stored.subspan(piece.size());
    if (part_.size() == needed_) TRY(part_is_complete());
  }
  return {};
}

Result<ObjectParser::Outline> ObjectParser::finish() {
  if (step_ == Step::end) return std::move(outline_);
  if (outline_.stored_size == 0) return fail(ErrorKind::corrupt, "it is empty");
  return fail(ErrorKind::corrupt, fmt::format("it is cut short: it ends after {} bytes, in its {}",
                                              outline_.stored_size, where()));
}

Result<> ObjectParser::part_is_complete() {
  // The start of the header is digested with the rest of it; the tail does not cover itself.
  if (step_ == Step::tail) {
    stored_sha256_.update(ByteView(part_).first(kTailDigestedSize));
  } else if (step_ != Step::header_start) {
    stored_sha256_.update(part_);
  }
  switch (step_) {
    case Step::header_start:
      return take_header_start();
    case Step::header_rest:
      return take_header();
    case Step::length:
      return take_length();
    case Step::frame:
      return take_frame();
    case Step::footer:
      return take_footer();
    case Step::tail:
    case Step::end:
      break;
  }
  return take_tail();
}

void ObjectParser::expect(Step step, std::size_t size) {
  step_ = step;
  needed_ = size;
  part_.clear();
  part_.reserve(size);
}

// The rest of the header is parsed together with its start, so the start is put before it again.
Result<> ObjectParser::take_header_start() {
  const std::size_t size = TRY(header_size_of(part_));
  const Buffer start = part_;
  outline_.header_size = static_cast<std::uint32_t>(size);
  expect(Step::header_rest, size);
  part_ = start;
  return {};
}

Result<> ObjectParser::take_header() {
  const SealedHeader header = TRY(parse_header(part_));
  largest_frame_ = FrameCompressor::bound(header.frame_size) + kTagSize;
  expect(Step::length, kLengthSize);
  return parts_.on_header(header);
}

Result<> ObjectParser::take_length() {
  const auto length = load_le<std::uint32_t>(part_, 0);
  if ((length & kFooterBit) != 0) return expect_footer(length & ~kFooterBit);
  return expect_frame(length);
}

Result<> ObjectParser::expect_frame(std::uint32_t length) {
  if (length <= kTagSize || length > largest_frame_) {
    return fail(ErrorKind::corrupt, fmt::format("frame {} is damaged: it cannot have {} bytes",
                                                outline_.frame_sizes.size(), length));
  }
  if (outline_.frame_sizes.size() == kMaxFrames) {
    return fail(ErrorKind::corrupt, "it has more frames than an object may have");
  }
  expect(Step::frame, length);
  return {};
}

Result<> ObjectParser::expect_footer(std::uint32_t length) {
  if (length <= kTagSize || !is_footer_size(length - kTagSize, outline_.frame_sizes.size())) {
    return fail(ErrorKind::corrupt,
                fmt::format("its footer is damaged: {} bytes do not fit {} frames", length,
                            outline_.frame_sizes.size()));
  }
  footer_offset_ = outline_.stored_size - kLengthSize;
  expect(Step::footer, length);
  return {};
}

Result<> ObjectParser::take_frame() {
  const auto index = static_cast<std::uint32_t>(outline_.frame_sizes.size());
  outline_.frame_sizes.push_back(static_cast<std::uint32_t>(part_.size() + kLengthSize));
  TRY(parts_.on_frame(index, part_));
  expect(Step::length, kLengthSize);
  return {};
}

Result<> ObjectParser::take_footer() {
  TRY(parts_.on_footer(part_));
  expect(Step::tail, kTailSize);
  return {};
}

Result<> ObjectParser::take_tail() {
  outline_.tail = TRY(parse_tail(part_));
  const SealedTail& tail = outline_.tail;
  const std::uint64_t tail_offset = outline_.stored_size - kTailSize;
  if (tail.footer_offset != footer_offset_ || tail.footer_size != tail_offset - footer_offset_) {
    return fail(ErrorKind::corrupt, "its tail is damaged: it points beside the footer");
  }
  if (tail.stored_digest != stored_sha256_.finish()) {
    return fail(ErrorKind::corrupt, "it is damaged: its bytes do not match the digest in its tail");
  }
  expect(Step::end, 0);
  return {};
}

std::string ObjectParser::where() const {
  switch (step_) {
    case Step::header_start:
    case Step::header_rest:
      return "header";
    case Step::length:
    case Step::frame:
      return fmt::format("frame {}", outline_.frame_sizes.size());
    case Step::footer:
      return "footer";
    case Step::tail:
    case Step::end:
      break;
  }
  return "tail";
}

}  // namespace walden
