// As much of HTTP/1.1 (RFC 9112) as a proxy needs to know where a message ends. Bodies pass as the
// bytes they are, with their chunk headers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/hostile-proxy/socket_stream.h"

namespace walden::testing {

struct MessageHead {
  std::string start_line;                                    // without its end of line
  std::vector<std::pair<std::string, std::string>> headers;  // as they came

  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;  // any case
  void remove(std::string_view name);
  [[nodiscard]] std::string to_text() const;  // with the empty line at the end
  [[nodiscard]] bool says_close() const;
};

// Nothing when the peer left, or said what is no HTTP.
[[nodiscard]] std::optional<MessageHead> read_head(SocketStream& stream);

struct BodyLength {
  enum class Kind { counted, chunked, until_close };
  Kind kind = Kind::counted;
  std::uint64_t bytes = 0;
};
[[nodiscard]] BodyLength request_body(const MessageHead& head);
[[nodiscard]] BodyLength response_body(const MessageHead& head, std::string_view method);

[[nodiscard]] int status_of(const MessageHead& response);  // 0 for what is none

// Gives the body to `pass`, which ends it by returning false.
enum class BodyEnd { whole, peer_left, stopped };
using PassPiece = std::function<bool(std::string_view piece)>;
[[nodiscard]] BodyEnd pass_body(SocketStream& from, BodyLength length, const PassPiece& pass);

}  // namespace walden::testing
