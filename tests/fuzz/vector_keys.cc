#include "tests/fuzz/vector_keys.h"

#include <sodium.h>

#include <cstring>

namespace walden::testing {
namespace {

constexpr std::string_view kSecretKey =
    "WALDEN-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0S64CKLF";
constexpr std::string_view kSigningKey =
    "WALDEN-SIGNING-KEY-1GPQ5YS6YG4RYWJZFFF95CN2WFAG9Z5JN2324V46CT9D9KHZATE0SWTHYX5";

const std::shared_ptr<const SecretKey>& secret_key() {
  static const auto key = std::make_shared<const SecretKey>(SecretKey::parse(kSecretKey).value());
  return key;
}

const std::shared_ptr<const SigningKey>& signing_key() {
  static const auto key =
      std::make_shared<const SigningKey>(SigningKey::parse(kSigningKey).value());
  return key;
}

const char* name() {
  return "repeats";
}

void fill(void* bytes, std::size_t size) {
  std::memset(bytes, 0x5a, size);
}

std::uint32_t one() {
  return 0x5a5a5a5a;
}

}  // namespace

const ObjectIdentity& vector_identity() {
  static const ObjectIdentity identity{"orders", 7438201938475610283U,
                                       "7438201938475610283/wal/00000002.history"};
  return identity;
}

const Buffer& vector_plaintext() {
  static const Buffer plaintext = [] {
    Buffer bytes(5000, 'a');
    for (const char c : std::string_view("Walden\n\0", 8)) bytes.push_back(c);
    return bytes;
  }();
  return plaintext;
}

const SignerId& vector_signer() {
  static const SignerId signer = signing_key()->signer();
  return signer;
}

const Opening& vector_opening() {
  static const Opening opening{
      .secret_key = secret_key(), .trusted_signers = {vector_signer()}, .threads = 1};
  return opening;
}

Sealing vector_sealing(Suite suite) {
  Sealing sealing{.suite = suite, .signing_key = signing_key(), .threads = 1};
  if (suite != Suite::checksummed) sealing.recipients = {secret_key()->recipient()};
  return sealing;
}

void make_randomness_repeat() {
  static randombytes_implementation same{.implementation_name = name,
                                         .random = one,
                                         .stir = nullptr,
                                         .uniform = nullptr,
                                         .buf = fill,
                                         .close = nullptr};
  randombytes_set_implementation(&same);
}

}  // namespace walden::testing
