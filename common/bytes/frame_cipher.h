// Seals and opens the frames of one object: AEAD, or a truncated SHA-256 in the place of its tag.
// Each frame stands alone: its nonce is its index and type, so that frames can be worked on in any
// order, and one that was moved does not open.
#pragma once

#include <memory>

#include "common/bytes/sealed_object.h"

struct evp_cipher_st;
struct evp_cipher_ctx_st;

namespace walden {

inline constexpr std::size_t kTagSize = 16;

enum class FrameType : std::uint8_t { frame = 0, footer = 1 };

// What the frames of one object share. Several threads may read it at once.
struct ObjectKeys {
  Suite suite = Suite::checksummed;
  Secret payload_key;                           // empty for checksummed objects
  Digest header_hash{};                         // SHA-256 of the whole header
  std::shared_ptr<const evp_cipher_st> cipher;  // null for checksummed objects
};

// The suite's algorithm, fetched from OpenSSL once for an object: a fetch takes longer than a
// frame.
[[nodiscard]] Result<std::shared_ptr<const evp_cipher_st>> fetch_cipher(Suite suite);

// For one thread and one direction; `keys` must outlive it.
class FrameCipher {
 public:
  enum class Direction { seal, open };
  [[nodiscard]] static Result<FrameCipher> create(const ObjectKeys& keys, Direction direction);
  FrameCipher(FrameCipher&&) noexcept;
  FrameCipher& operator=(FrameCipher&&) noexcept;
  ~FrameCipher();

  // In place: `body` is the text, then kTagSize bytes that receive the tag.
  [[nodiscard]] Result<> seal(std::uint64_t index, FrameType type, std::span<std::uint8_t> body);

  // In place: `body` is sealed text and tag. Returns the text, which lies at its start.
  [[nodiscard]] Result<ByteView> open(std::uint64_t index, FrameType type,
                                      std::span<std::uint8_t> body);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  explicit FrameCipher(const ObjectKeys& keys) : keys_(&keys) {}
  [[nodiscard]] std::array<std::uint8_t, kTagSize> checksum(std::uint64_t index, FrameType type,
                                                            ByteView text);

  const ObjectKeys* keys_;
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  Sha256 sha256_;
};

}  // namespace walden
