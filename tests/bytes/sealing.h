// Objects sealed and opened in memory, for the tests of the format.
#pragma once

#include <string>

#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden::testing {

inline constexpr std::size_t kNoLimit = std::size_t{1} << 30U;

[[nodiscard]] ObjectIdentity sample_identity();

// Half of it compresses, half does not; the same for the same seed.
[[nodiscard]] Buffer sample_plaintext(std::size_t size, unsigned seed = 1);

struct Keys {
  std::shared_ptr<const SecretKey> secret =
      std::make_shared<const SecretKey>(SecretKey::generate());
  std::shared_ptr<const SigningKey> signing =
      std::make_shared<const SigningKey>(SigningKey::generate());

  // Sealed to `secret` and signed; for Suite::checksummed signed only.
  [[nodiscard]] Sealing sealing(Suite suite, unsigned threads = 1) const;
  // Trusts `signing` alone.
  [[nodiscard]] Opening opening(unsigned threads = 1) const;
};

struct Sealed {
  Buffer stored;
  SealedSummary summary;
};

// Written in pieces of `step` bytes. A failure throws.
[[nodiscard]] Sealed seal(const Sealing& sealing, ByteView plaintext, std::size_t step = kNoLimit,
                          const ObjectIdentity& identity = sample_identity());

// Each part is a frame of its own.
[[nodiscard]] Sealed seal_frames(const Sealing& sealing, const std::vector<Buffer>& parts,
                                 const ObjectIdentity& identity = sample_identity());

[[nodiscard]] Result<Buffer> open(const Opening& opening, ByteView stored,
                                  std::size_t step = kNoLimit,
                                  const ObjectIdentity& identity = sample_identity());

[[nodiscard]] Result<Digest> check(ByteView stored, std::size_t step = kNoLimit,
                                   const ObjectIdentity& identity = sample_identity());

// Takes so many bytes and then fails, as a full disk does.
class FailingSink final : public ByteSink {
 public:
  explicit FailingSink(std::size_t room) : room_(room) {}
  [[nodiscard]] Result<> write(ByteView bytes) override;

 private:
  std::size_t room_;
};

[[nodiscard]] std::string suite_name(Suite suite);

}  // namespace walden::testing
