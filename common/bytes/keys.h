// Keys and their text forms. Text is Bech32 (BIP 173's checksum, without its length limit), so that
// a mistyped key is refused rather than used.
//
//   recipient   X25519 public key, 32 bytes    "walden1…"                 may be shown to anyone
//   secret key  X25519 secret key, 32 bytes    "WALDEN-SECRET-KEY-1…"     opens every object sealed
//   to it signer      Ed25519 public key, 32 bytes   "walden-signer1…"          may be shown to
//   anyone signing key Ed25519 seed, 32 bytes         "WALDEN-SIGNING-KEY-1…"    the writer's host
//   keeps it
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes/bytes.h"
#include "common/bytes/secret.h"

namespace walden {

struct Recipient {
  std::array<std::uint8_t, 32> public_key{};

  [[nodiscard]] static Result<Recipient> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
  bool operator==(const Recipient&) const = default;
};

struct SignerId {
  std::array<std::uint8_t, 32> public_key{};

  [[nodiscard]] static Result<SignerId> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
  bool operator==(const SignerId&) const = default;
};

class SecretKey {
 public:
  [[nodiscard]] static SecretKey generate();
  [[nodiscard]] static Result<SecretKey> parse(std::string_view text);
  [[nodiscard]] Secret to_text() const;
  [[nodiscard]] Recipient recipient() const;
  [[nodiscard]] ByteView bytes() const { return secret_.view(); }

 private:
  explicit SecretKey(Secret secret) : secret_(std::move(secret)) {}
  Secret secret_;
};

class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  [[nodiscard]] static Result<SigningKey> parse(std::string_view text);
  [[nodiscard]] Secret to_text() const;
  [[nodiscard]] SignerId signer() const;
  [[nodiscard]] std::array<std::uint8_t, 64> sign(ByteView message) const;

 private:
  explicit SigningKey(Secret seed) : seed_(std::move(seed)) {}
  Secret seed_;
};

[[nodiscard]] bool verify_signature(const SignerId& signer, ByteView message, ByteView signature);

}  // namespace walden
