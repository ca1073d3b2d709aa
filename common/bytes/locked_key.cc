#include "common/bytes/locked_key.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>

#include "common/bytes/bech32.h"
#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::string_view kPrefix = "walden-locked-key-";
constexpr std::size_t kSaltSize = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kHeadSize = 4 + 8 + kSaltSize + kNonceSize;

// What precedes the box and is authenticated with it.
struct Head {
  std::uint32_t passes = crypto_pwhash_OPSLIMIT_MODERATE;
  std::uint64_t memory = crypto_pwhash_MEMLIMIT_MODERATE;
  ByteView salt;
  ByteView nonce;
};

std::unexpected<Error> damaged() {
  return fail(ErrorKind::configuration, "the locked key is damaged",
              "Take the key file from its copy");
}

Result<Head> parse_head(ByteView bytes) {
  ByteReader reader(bytes);
  Head head;
  head.passes = TRY(reader.integer<std::uint32_t>());
  head.memory = TRY(reader.integer<std::uint64_t>());
  head.salt = TRY(reader.take(kSaltSize));
  head.nonce = TRY(reader.take(kNonceSize));
  // Bounded, so that a file cannot make this host work for hours or use up its memory.
  if (head.passes < 1 || head.passes > crypto_pwhash_OPSLIMIT_SENSITIVE ||
      head.memory < crypto_pwhash_MEMLIMIT_MIN || head.memory > crypto_pwhash_MEMLIMIT_SENSITIVE) {
    return damaged();
  }
  return head;
}

Result<Secret> key_from(const Secret& passphrase, const Head& head) {
  Secret key(kKeySize);
  if (::crypto_pwhash(key.writable().data(), key.size(),
                      reinterpret_cast<const char*>(passphrase.view().data()), passphrase.size(),
                      head.salt.data(), head.passes, head.memory,
                      crypto_pwhash_ALG_ARGON2ID13) == 0) {
    return key;
  }
  return fail(ErrorKind::local_io,
              fmt::format("cannot derive a key from the passphrase: {} MiB of memory are needed",
                          head.memory >> 20U),
              "Free memory, or raise the limit (ulimit -v, the container's memory)");
}

}  // namespace

Result<Secret> lock_key(ByteView key_text, const Secret& passphrase) {
  Head head;
  Buffer bytes;
  append_le(bytes, head.passes);
  append_le(bytes, head.memory);
  bytes.resize(kHeadSize + key_text.size() + kTagSize);
  ::randombytes_buf(bytes.data() + kHeadSize - kSaltSize - kNonceSize, kSaltSize + kNonceSize);
  head = TRY(parse_head(bytes));
  const Secret key = TRY(key_from(passphrase, head));
  (void)::crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes.data() + kHeadSize, nullptr, key_text.data(), key_text.size(), bytes.data(), kHeadSize,
      nullptr, head.nonce.data(), key.view().data());  // always returns 0
  std::string text = bech32_encode(kPrefix, bytes);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return Secret::copy_of(bytes_of(text));
}

Result<Secret> unlock_key(std::string_view locked, const Secret& passphrase) {
  const Buffer bytes = TRY(bech32_decode(kPrefix, locked));
  if (bytes.size() < kHeadSize + kTagSize) return damaged();
  const Head head = TRY(parse_head(bytes));
  const Secret key = TRY(key_from(passphrase, head));
  const ByteView box = ByteView(bytes).subspan(kHeadSize);
  Secret text(box.size() - kTagSize);
  if (::crypto_aead_xchacha20poly1305_ietf_decrypt(text.writable().data(), nullptr, nullptr,
                                                   box.data(), box.size(), bytes.data(), kHeadSize,
                                                   head.nonce.data(), key.view().data()) == 0) {
    return text;
  }
  return fail(ErrorKind::configuration, "the passphrase does not open it", "Try again");
}

}  // namespace walden
