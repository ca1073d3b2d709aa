// What a front end and its worker say to each other, over a Unix socket of type SOCK_SEQPACKET: a
// packet holds one message, and a front end asks once.
//
//   packet   u32 magic | u8 kind | fields, each u32 length and bytes     little-endian, as the host
//   request  identity, path, name
//   answers  any number of `working` (every second, so that a hung worker is noticed) and `say`,
//            then one `done`; or `leave`: this worker does not suit, the caller works by itself
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace walden {

inline constexpr std::size_t kMaxPacket = 64U << 10U;

struct CallRequest {
  std::string identity;  // caller_identity()
  std::string path;
  std::string name;
};

struct CallAnswer {
  enum class Kind : std::uint8_t { working = 1, say, done, leave };
  Kind kind = Kind::working;
  std::uint8_t exit_code = 0;  // of done
  std::string text;            // of say and done: for standard error, whole lines
  // Of done with exit code 0: a verified file which the front end renames to its path. The worker
  // never touches that path: it might do so when PostgreSQL asks for something else already.
  std::string file;
};

// Nothing for what would be larger than kMaxPacket.
[[nodiscard]] std::optional<std::string> encode(const CallRequest& request);
[[nodiscard]] std::string encode(const CallAnswer& answer);  // cuts a text that is too long

// Nothing for bytes that are no such message.
[[nodiscard]] std::optional<CallRequest> decode_request(std::string_view packet);
[[nodiscard]] std::optional<CallAnswer> decode_answer(std::string_view packet);

}  // namespace walden
