#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "common/bytes/frame_workers.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/object_keys.h"
#include "common/bytes/sealed_reader.h"

namespace walden {

struct FrameOpener::State {
  struct Tool {
    std::unique_ptr<FrameWorker> worker;
    FrameJob job;
  };

  [[nodiscard]] Result<std::unique_ptr<Tool>> borrow();
  void give_back(std::unique_ptr<Tool> tool);

  std::string name;
  SealedHeader header;
  ObjectKeys keys;
  std::mutex mutex;
  std::vector<std::unique_ptr<Tool>> idle;  // as many as threads ever were here at once
};

Result<std::unique_ptr<FrameOpener::State::Tool>> FrameOpener::State::borrow() {
  {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      auto tool = std::move(idle.back());
      idle.pop_back();
      return tool;
    }
  }
  auto tool = std::make_unique<Tool>();
  tool->worker = TRY(FrameUnsealer::create(keys, header.frame_size));
  return tool;
}

void FrameOpener::State::give_back(std::unique_ptr<Tool> tool) {
  const std::lock_guard lock(mutex);
  idle.push_back(std::move(tool));
}

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
  state->name = expected.name;
  state->header = std::move(*header);
  state->keys = std::move(*keys);
  return FrameOpener(std::move(state));
}

std::uint32_t FrameOpener::header_size() const {
  return static_cast<std::uint32_t>(state_->header.bytes.size());
}

Result<Buffer> FrameOpener::open(std::uint32_t frame, ByteView stored) const {
  auto tool = TRY(state_->borrow());
  auto opened = check_length(stored, frame);
  if (opened) {
    const ByteView body = stored.subspan(kLengthWordSize);
    tool->job.index = frame;
    tool->job.in.assign(body.begin(), body.end());
    opened = tool->worker->run(tool->job);
  }
  if (!opened) return std::unexpected(opened.error().within("cannot open " + state_->name));
  Buffer plaintext = std::exchange(tool->job.out, {});
  plaintext.resize(tool->job.out_size);
  state_->give_back(std::move(tool));
  return plaintext;
}

}  // namespace walden
