#include "common/bytes/keys.h"

#include <sodium.h>

#include <algorithm>
#include <cctype>

#include "common/bytes/bech32.h"

namespace walden {
namespace {

constexpr std::string_view kRecipientPrefix = "walden";
constexpr std::string_view kSignerPrefix = "walden-signer";
constexpr std::string_view kSecretKeyPrefix = "walden-secret-key-";
constexpr std::string_view kSigningKeyPrefix = "walden-signing-key-";
constexpr std::size_t kKeySize = 32;

Result<Secret> decode_secret(std::string_view prefix, std::string_view text) {
  Buffer bytes = TRY(bech32_decode(prefix, text));
  Secret secret = Secret::copy_of(bytes);
  ::sodium_memzero(bytes.data(), bytes.size());
  if (secret.size() == kKeySize) return secret;
  return fail(ErrorKind::configuration, "this key is not 32 bytes long");
}

template <class Key>
Result<Key> decode_public(std::string_view prefix, std::string_view text) {
  const Buffer bytes = TRY(bech32_decode(prefix, text));
  Key key;
  if (bytes.size() != key.public_key.size()) {
    return fail(ErrorKind::configuration, "this key is not 32 bytes long");
  }
  std::ranges::copy(bytes, key.public_key.begin());
  return key;
}

Secret encode_secret(std::string_view prefix, ByteView bytes) {
  std::string text = bech32_encode(prefix, bytes);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  Secret secret = Secret::copy_of(bytes_of(text));
  ::sodium_memzero(text.data(), text.size());
  return secret;
}

Secret random_key() {
  Secret key(kKeySize);
  ::randombytes_buf(key.writable().data(), key.size());
  return key;
}

// The expanded Ed25519 key: the seed and the public key.
struct KeyPair {
  explicit KeyPair(ByteView seed) {
    ::crypto_sign_seed_keypair(public_key.data(), secret.writable().data(), seed.data());
  }
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> public_key{};
  Secret secret{crypto_sign_SECRETKEYBYTES};
};

}  // namespace

Result<Recipient> Recipient::parse(std::string_view text) {
  return decode_public<Recipient>(kRecipientPrefix, text);
}

std::string Recipient::to_text() const {
  return bech32_encode(kRecipientPrefix, public_key);
}

Result<SignerId> SignerId::parse(std::string_view text) {
  return decode_public<SignerId>(kSignerPrefix, text);
}

std::string SignerId::to_text() const {
  return bech32_encode(kSignerPrefix, public_key);
}

SecretKey SecretKey::generate() {
  return SecretKey(random_key());
}

Result<SecretKey> SecretKey::parse(std::string_view text) {
  return SecretKey(TRY(decode_secret(kSecretKeyPrefix, text)));
}

Secret SecretKey::to_text() const {
  return encode_secret(kSecretKeyPrefix, secret_.view());
}

Recipient SecretKey::recipient() const {
  Recipient recipient;
  ::crypto_scalarmult_base(recipient.public_key.data(), secret_.view().data());
  return recipient;
}

SigningKey SigningKey::generate() {
  return SigningKey(random_key());
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  return SigningKey(TRY(decode_secret(kSigningKeyPrefix, text)));
}

Secret SigningKey::to_text() const {
  return encode_secret(kSigningKeyPrefix, seed_.view());
}

SignerId SigningKey::signer() const {
  return {KeyPair(seed_.view()).public_key};
}

std::array<std::uint8_t, 64> SigningKey::sign(ByteView message) const {
  const KeyPair pair(seed_.view());
  std::array<std::uint8_t, 64> signature{};
  ::crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                         pair.secret.view().data());
  return signature;
}

bool verify_signature(const SignerId& signer, ByteView message, ByteView signature) {
  return signature.size() == crypto_sign_BYTES &&
         ::crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                       signer.public_key.data()) == 0;
}

}  // namespace walden
