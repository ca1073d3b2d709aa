// Footer and tail of a sealed object (docs/format.md, "Footer" and "Tail").
#pragma once

#include "common/bytes/sealed_object.h"

namespace walden {

inline constexpr std::uint32_t kFooterBit = 0x80000000U;  // in its length word
inline constexpr std::array<std::uint8_t, 8> kTailMagic{0x89, 'W', 'L', 'D', 'E', 'N', 'D', '\n'};
inline constexpr std::size_t kTailSize = 84;
inline constexpr std::size_t kTailDigestedSize = 44;  // what SHA-256 of the stored bytes covers

// The plaintext of the footer.
struct SealedFooter {
  std::uint64_t plaintext_size = 0;
  Digest plaintext_digest{};
  std::vector<std::uint32_t> frame_sizes;  // stored, length word included
  std::optional<SignerId> signer;
};

// Signed when `key` is not null. The signature covers the header's hash too.
[[nodiscard]] Buffer encode_footer(const SealedFooter& footer, const Digest& header_hash,
                                   const SigningKey* key);

// Structure, and the signature where there is one; whether the signer is trusted is for the caller.
[[nodiscard]] Result<SealedFooter> parse_footer(ByteView plaintext, const Digest& header_hash);

// ErrorKind::corrupt where there are trusted signers and `signer` is none of them.
[[nodiscard]] Result<> check_signer(const std::optional<SignerId>& signer,
                                    const std::vector<SignerId>& trusted);

// Whether a footer of so many frames can have this size: nothing else is allocated for.
[[nodiscard]] bool is_footer_size(std::size_t plaintext_size, std::size_t frames);

struct SealedTail {
  std::uint64_t footer_offset = 0;
  std::uint32_t footer_size = 0;  // length word included
  Digest content_id{};
  Digest stored_digest{};  // SHA-256 of every stored byte before it
};

// The part that stored_digest covers; the caller appends that digest and kTailMagic.
[[nodiscard]] Buffer encode_tail_start(const SealedTail& tail);
[[nodiscard]] Result<SealedTail> parse_tail(ByteView bytes);

}  // namespace walden
