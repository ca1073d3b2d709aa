#include "common/call/message.h"

#include <cstring>

namespace walden {
namespace {

constexpr std::uint32_t kMagic = 0x31574c57;  // "WLW1"
constexpr std::uint8_t kRequest = 0;
constexpr std::size_t kLongestText = kMaxPacket / 2;

class Writer {
 public:
  explicit Writer(std::uint8_t kind) {
    number(kMagic);
    byte(kind);
  }
  void byte(std::uint8_t value) { packet_ += static_cast<char>(value); }
  void field(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    packet_ += text;
  }
  [[nodiscard]] std::string take() { return std::move(packet_); }

 private:
  void number(std::uint32_t value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    packet_.append(bytes, sizeof value);
  }
  std::string packet_;
};

// Reading past the end makes it bad, and everything read after that empty.
class Reader {
 public:
  explicit Reader(std::string_view packet) : rest_(packet) {}
  [[nodiscard]] std::uint32_t number() {
    std::uint32_t value = 0;
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::uint8_t byte() {
    const std::string_view bytes = take(1);
    return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
  }
  [[nodiscard]] std::string field() { return std::string(take(number())); }
  [[nodiscard]] bool ended_well() const { return good_ && rest_.empty(); }

 private:
  [[nodiscard]] std::string_view take(std::size_t size) {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<std::string> encode(const CallRequest& request) {
  Writer writer(kRequest);
  writer.field(request.identity);
  writer.field(request.path);
  writer.field(request.name);
  std::string packet = writer.take();
  if (packet.size() > kMaxPacket) return std::nullopt;
  return packet;
}

std::string encode(const CallAnswer& answer) {
  Writer writer(static_cast<std::uint8_t>(answer.kind));
  writer.byte(answer.exit_code);
  writer.field(std::string_view(answer.text).substr(0, kLongestText));
  writer.field(answer.file);
  return writer.take();
}

std::optional<CallRequest> decode_request(std::string_view packet) {
  Reader reader(packet);
  if (reader.number() != kMagic || reader.byte() != kRequest) return std::nullopt;
  CallRequest request;
  request.identity = reader.field();
  request.path = reader.field();
  request.name = reader.field();
  if (!reader.ended_well()) return std::nullopt;
  return request;
}

std::optional<CallAnswer> decode_answer(std::string_view packet) {
  Reader reader(packet);
  if (reader.number() != kMagic) return std::nullopt;
  const std::uint8_t kind = reader.byte();
  if (kind < static_cast<std::uint8_t>(CallAnswer::Kind::working) ||
      kind > static_cast<std::uint8_t>(CallAnswer::Kind::leave)) {
    return std::nullopt;
  }
  CallAnswer answer;
  answer.kind = static_cast<CallAnswer::Kind>(kind);
  answer.exit_code = reader.byte();
  answer.text = reader.field();
  answer.file = reader.field();
  if (!reader.ended_well()) return std::nullopt;
  return answer;
}

}  // namespace walden
