#include "common/bytes/bech32.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace walden {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumLength = 6;

std::uint32_t step(std::uint32_t checksum, std::uint8_t value) {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                    0x2a1462b3};
  const std::uint32_t top = checksum >> 25U;
  checksum = (checksum & 0x1ffffffU) << 5U ^ value;
  for (std::size_t i = 0; i < kGenerator.size(); ++i) {
    if ((top >> i & 1U) != 0) checksum ^= kGenerator[i];
  }
  return checksum;
}

std::uint32_t checksum_of(std::string_view prefix, ByteView values) {
  std::uint32_t checksum = 1;
  for (const char c : prefix) checksum = step(checksum, static_cast<std::uint8_t>(c) >> 5U);
  checksum = step(checksum, 0);
  for (const char c : prefix) checksum = step(checksum, static_cast<std::uint8_t>(c) & 31U);
  for (const std::uint8_t value : values) checksum = step(checksum, value);
  return checksum;
}

// Bits `from` at a time into bits `to` at a time. What is left at the end is padded with zeros, or,
// when decoding, must be less than a group of zeros.
bool regroup(ByteView in, unsigned from, unsigned to, bool pad, Buffer& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t value : in) {
    bits = (bits << from | value) & 0xfffU;
    for (count += from; count >= to; count -= to) {
      out.push_back(static_cast<std::uint8_t>(bits >> (count - to) & ((1U << to) - 1)));
    }
  }
  const auto rest = static_cast<std::uint8_t>(bits << (to - count) & ((1U << to) - 1));
  if (pad && count > 0) out.push_back(rest);
  return pad || (count < from && rest == 0);
}

// What is coded may be a secret: working copies are wiped, and never grow, since a reallocation
// would leave one behind.
template <class Container>
class Wiped {
 public:
  explicit Wiped(Container& container) : container_(container) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { ::sodium_memzero(container_.data(), container_.size()); }

 private:
  Container& container_;
};

std::unexpected<Error> not_a_key(std::string_view prefix) {
  return fail(ErrorKind::configuration,
              fmt::format("this is not a key that begins with {}1, or it is mistyped", prefix),
              "Copy the whole key again.");
}

bool one_case(std::string_view text) {
  const auto lower = [](unsigned char c) { return std::islower(c) != 0; };
  const auto upper = [](unsigned char c) { return std::isupper(c) != 0; };
  return std::ranges::none_of(text, lower) || std::ranges::none_of(text, upper);
}

}  // namespace

std::string bech32_encode(std::string_view prefix, ByteView bytes) {
  Buffer values;
  const Wiped wiped(values);
  values.reserve(bytes.size() * 8 / 5 + 1 + kChecksumLength);
  (void)regroup(bytes, 8, 5, true, values);
  const std::size_t count = values.size();
  values.resize(count + kChecksumLength);
  const std::uint32_t checksum = checksum_of(prefix, values) ^ 1U;
  std::string text;
  text.reserve(prefix.size() + 1 + values.size());
  text.append(prefix).append(1, '1');
  for (const std::uint8_t value : ByteView(values).first(count)) text += kAlphabet[value];
  for (std::size_t i = 0; i < kChecksumLength; ++i) {
    text += kAlphabet[checksum >> (5 * (kChecksumLength - 1 - i)) & 31U];
  }
  return text;
}

Result<Buffer> bech32_decode(std::string_view prefix, std::string_view text) {
  std::string lower(text);
  const Wiped wiped_text(lower);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t start = prefix.size() + 1;
  if (!one_case(text) || lower.size() < start + kChecksumLength || !lower.starts_with(prefix) ||
      lower[prefix.size()] != '1') {
    return not_a_key(prefix);
  }
  Buffer values;
  const Wiped wiped_values(values);
  values.reserve(lower.size());
  for (const char c : std::string_view(lower).substr(start)) {
    const auto at = kAlphabet.find(c);
    if (at == std::string_view::npos) return not_a_key(prefix);
    values.push_back(static_cast<std::uint8_t>(at));
  }
  if (checksum_of(prefix, values) != 1) return not_a_key(prefix);
  values.resize(values.size() - kChecksumLength);
  Buffer bytes;
  bytes.reserve(values.size());
  if (!regroup(values, 5, 8, false, bytes)) return not_a_key(prefix);
  return bytes;
}

}  // namespace walden
