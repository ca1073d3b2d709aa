#include "common/postgres/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/postgres/tar_header.h"

namespace walden {

struct TarReader::State {
  explicit State(TarVisitor& to) : visitor(to) {}

  Result<std::size_t> take(ByteView bytes);
  Result<std::size_t> take_header(ByteView bytes);
  Result<std::size_t> take_content(ByteView bytes);
  Result<> read_header();
  Result<> begin(const TarMember& member);

  TarVisitor& visitor;
  std::array<std::uint8_t, kTarBlock> header{};
  std::size_t header_filled = 0;
  std::uint64_t content_left = 0;
  std::size_t padding_left = 0;
  int zero_blocks = 0;
  std::string path;  // of the member begun last
};

Result<std::size_t> TarReader::State::take(ByteView bytes) {
  if (content_left > 0) return take_content(bytes);
  if (padding_left > 0) {
    const std::size_t taken = std::min(padding_left, bytes.size());
    padding_left -= taken;
    return taken;
  }
  return take_header(bytes);
}

Result<std::size_t> TarReader::State::take_content(ByteView bytes) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(content_left, bytes.size()));
  TRY(visitor.content(bytes.first(taken)));
  content_left -= taken;
  if (content_left == 0) TRY(visitor.end_member());
  return taken;
}

Result<std::size_t> TarReader::State::take_header(ByteView bytes) {
  const std::size_t taken = std::min(kTarBlock - header_filled, bytes.size());
  std::ranges::copy(bytes.first(taken), header.begin() + header_filled);
  header_filled += taken;
  if (header_filled == kTarBlock) {
    header_filled = 0;
    TRY(read_header());
  }
  return taken;
}

Result<> TarReader::State::read_header() {
  if (std::ranges::all_of(header, [](std::uint8_t byte) { return byte == 0; })) {
    ++zero_blocks;
    return {};
  }
  if (zero_blocks > 0) {
    return fail(ErrorKind::corrupt,
                "cannot read the server's tar archive: it goes on after its end");
  }
  return begin(TRY(parse_tar_header(header)));
}

Result<> TarReader::State::begin(const TarMember& member) {
  path = member.path;
  TRY(visitor.begin_member(member));
  content_left = member.size;
  padding_left = (kTarBlock - member.size % kTarBlock) % kTarBlock;
  if (content_left == 0) TRY(visitor.end_member());
  return {};
}

TarReader::TarReader(TarVisitor& visitor) : state_(std::make_unique<State>(visitor)) {}

TarReader::~TarReader() = default;

Result<> TarReader::write(ByteView bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(TRY(state_->take(bytes)));
  return {};
}

Result<> TarReader::finish() {
  const State& state = *state_;
  if (state.content_left > 0 || state.padding_left > 0) {
    return fail(ErrorKind::corrupt,
                fmt::format("the server's tar archive ends in the middle of {}", state.path));
  }
  if (state.header_filled > 0 || state.zero_blocks == 1) {
    return fail(ErrorKind::corrupt, "the server's tar archive ends in the middle of a header");
  }
  return {};
}

}  // namespace walden
