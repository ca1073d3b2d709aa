#include "tests/hostile-proxy/http_message.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace walden::testing {
namespace {

constexpr std::size_t kPiece = 65536;

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

bool same(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

BodyLength body_by_headers(const MessageHead& head, BodyLength otherwise) {
  if (const auto coding = head.header("transfer-encoding"); coding && same(*coding, "chunked")) {
    return {BodyLength::Kind::chunked, 0};
  }
  const auto length = head.header("content-length");
  if (!length) return otherwise;
  return {BodyLength::Kind::counted, number<std::uint64_t>(*length, 10).value_or(0)};
}

BodyEnd pass_counted(SocketStream& from, std::uint64_t left, const PassPiece& pass) {
  while (left > 0) {
    const std::string piece = from.read_some(std::min<std::uint64_t>(left, kPiece));
    if (piece.empty()) return BodyEnd::peer_left;
    left -= piece.size();
    if (!pass(piece)) return BodyEnd::stopped;
  }
  return BodyEnd::whole;
}

BodyEnd pass_line(SocketStream& from, std::string& line, const PassPiece& pass) {
  line = from.read_line();
  if (line.empty()) return BodyEnd::peer_left;
  return pass(line) ? BodyEnd::whole : BodyEnd::stopped;
}

BodyEnd pass_chunked(SocketStream& from, const PassPiece& pass) {
  std::string line;
  for (;;) {
    if (const BodyEnd end = pass_line(from, line, pass); end != BodyEnd::whole) return end;
    const auto size = number<std::uint64_t>(line, 16);
    if (!size) return BodyEnd::peer_left;
    if (*size == 0) break;
    constexpr std::uint64_t kLineEnd = 2;
    const BodyEnd end = pass_counted(from, *size + kLineEnd, pass);
    if (end != BodyEnd::whole) return end;
  }
  do {  // trailers, and the empty line
    if (const BodyEnd end = pass_line(from, line, pass); end != BodyEnd::whole) return end;
  } while (!without_line_end(line).empty());
  return BodyEnd::whole;
}

BodyEnd pass_until_close(SocketStream& from, const PassPiece& pass) {
  for (;;) {
    const std::string piece = from.read_some(kPiece);
    if (piece.empty()) return BodyEnd::whole;
    if (!pass(piece)) return BodyEnd::stopped;
  }
}

}  // namespace

std::optional<std::string> MessageHead::header(std::string_view name) const {
  for (const auto& [its_name, value] : headers) {
    if (same(its_name, name)) return value;
  }
  return std::nullopt;
}

void MessageHead::remove(std::string_view name) {
  std::erase_if(headers, [&](const auto& header) { return same(header.first, name); });
}

std::string MessageHead::to_text() const {
  std::string text = start_line + "\r\n";
  for (const auto& [name, value] : headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  return text + "\r\n";
}

bool MessageHead::says_close() const {
  const auto connection = header("connection");
  return connection && same(*connection, "close");
}

std::optional<MessageHead> read_head(SocketStream& stream) {
  MessageHead head;
  head.start_line = without_line_end(stream.read_line());
  if (head.start_line.empty()) return std::nullopt;
  for (;;) {
    const std::string line = stream.read_line();
    if (line.empty()) return std::nullopt;
    const std::string_view text = without_line_end(line);
    if (text.empty()) return head;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view value = text.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    head.headers.emplace_back(text.substr(0, colon), value);
  }
}

BodyLength request_body(const MessageHead& head) {
  return body_by_headers(head, {BodyLength::Kind::counted, 0});
}

BodyLength response_body(const MessageHead& head, std::string_view method) {
  const int status = status_of(head);
  if (method == "HEAD" || status == 204 || status == 304) return {BodyLength::Kind::counted, 0};
  return body_by_headers(head, {BodyLength::Kind::until_close, 0});
}

int status_of(const MessageHead& response) {
  const auto space = response.start_line.find(' ');
  if (space == std::string::npos) return 0;
  return number<int>(std::string_view(response.start_line).substr(space + 1), 10).value_or(0);
}

BodyEnd pass_body(SocketStream& from, BodyLength length, const PassPiece& pass) {
  switch (length.kind) {
    case BodyLength::Kind::counted:
      return pass_counted(from, length.bytes, pass);
    case BodyLength::Kind::chunked:
      return pass_chunked(from, pass);
    case BodyLength::Kind::until_close:
      return pass_until_close(from, pass);
  }
  return BodyEnd::peer_left;
}

}  // namespace walden::testing
