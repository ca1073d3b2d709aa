#include "common/bytes/bytes.h"

#include <fmt/format.h>

namespace walden {

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

Result<> BufferSink::write(ByteView bytes) {
  if (bytes.size() > limit_ - buffer_.size()) {
    return fail(ErrorKind::corrupt, fmt::format("more than the {} bytes expected here", limit_));
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

}  // namespace walden
