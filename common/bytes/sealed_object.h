// What every stored object is, in words; docs/format.md has it to the byte.
//
//   HEADER   magic, version, suite, compression, frame size, object id, cluster, system identifier,
//            name, recipient stanzas, MAC                                     at most 4096 bytes
//   FRAMES   u32 length | sealed(zstd(plaintext[i]))      at most frame_size of plaintext each
//   FOOTER   u32 length with the top bit set | sealed(counts, SHA-256 of the plaintext, signature)
//   TAIL     where the footer is, content id, SHA-256 of everything before, magic
//
// The writer of a sealed object holds public keys only. Without recipients (suite `checksummed`)
// the framing is the same and truncated SHA-256 takes the place of the tags: one code path.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/keys.h"
#include "common/bytes/sha256.h"

namespace walden {

inline constexpr std::uint32_t kFrameSize = 1U << 20U;
inline constexpr std::size_t kMaxHeaderSize = 4096;
inline constexpr std::size_t kMaxRecipients = 16;
inline constexpr std::uint16_t kFormatVersion = 1;

enum class Suite : std::uint8_t { checksummed = 0, aes_256_gcm = 1, chacha20_poly1305 = 2 };

// Bound into the header and through it into every frame: an object that was moved, swapped or taken
// from another cluster does not open.
struct ObjectIdentity {
  std::string cluster;
  std::uint64_t system_identifier = 0;
  std::string name;  // the object's name below the cluster's folder
  bool operator==(const ObjectIdentity&) const = default;
};

// How this host seals. Copied freely; the signing key is shared.
struct Sealing {
  std::vector<Recipient> recipients;              // none: checksummed, not sealed
  Suite suite = Suite::aes_256_gcm;               // used when there are recipients
  std::shared_ptr<const SigningKey> signing_key;  // may be null
  int compression_level = 1;
  unsigned threads = 2;
};

// How this host opens.
struct Opening {
  std::shared_ptr<const SecretKey> secret_key;  // may be null: then only checksummed objects open
  std::vector<SignerId> trusted_signers;  // not empty: an object signed by none of them is refused
  unsigned threads = 2;
};

// What is known of an object once it has been written, or read to its end and verified.
struct SealedSummary {
  std::uint64_t plaintext_size = 0;
  Digest plaintext_digest{};
  Digest content_id{};  // see content_id()
  std::uint64_t stored_size = 0;
  std::uint32_t header_size = 0;
  std::vector<std::uint32_t> frame_sizes;  // stored size of each frame, its length word included
  std::optional<SignerId> signer;
};

// Tells two contents under one name apart without a key, so that a host that can only write can
// still answer "the same again?": HMAC-SHA256 of the plaintext's digest, keyed with the identity.
// Someone who can read the store and guess a whole plaintext can confirm the guess; nothing else
// leaks.
[[nodiscard]] Digest content_id(const ObjectIdentity& identity, const Digest& plaintext_digest);

}  // namespace walden
