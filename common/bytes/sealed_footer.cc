#include "common/bytes/sealed_footer.h"

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::string_view kSignedPurpose = "walden object v1";
constexpr std::size_t kFixedSize = 8 + 8 + 32 + 1;
constexpr std::size_t kSignerSize = 32;
constexpr std::size_t kSignatureSize = 64;

void append(Buffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Buffer signed_message(const Digest& header_hash, ByteView footer_before_signature) {
  Buffer message;
  append(message, bytes_of(kSignedPurpose));
  append(message, header_hash);
  append(message, footer_before_signature);
  return message;
}

std::unexpected<Error> damaged(std::string_view why) {
  return fail(ErrorKind::corrupt, std::string("its footer is damaged: ").append(why));
}

Result<std::optional<SignerId>> take_signer(ByteReader& reader, ByteView plaintext,
                                            const Digest& header_hash) {
  const std::uint8_t has_signer = TRY(reader.integer<std::uint8_t>());
  if (has_signer == 0) return std::nullopt;
  if (has_signer != 1) return damaged("it does not say whether it is signed");
  SignerId signer;
  std::ranges::copy(TRY(reader.take(kSignerSize)), signer.public_key.begin());
  const std::size_t unsigned_size = plaintext.size() - reader.rest().size();
  const ByteView signature = TRY(reader.take(kSignatureSize));
  const Buffer message = signed_message(header_hash, plaintext.first(unsigned_size));
  if (!verify_signature(signer, message, signature)) return damaged("its signature is wrong");
  return signer;
}

}  // namespace

bool is_footer_size(std::size_t plaintext_size, std::size_t frames) {
  const std::size_t without_signer = kFixedSize + frames * sizeof(std::uint32_t);
  return plaintext_size == without_signer ||
         plaintext_size == without_signer + kSignerSize + kSignatureSize;
}

Buffer encode_footer(const SealedFooter& footer, const Digest& header_hash, const SigningKey* key) {
  Buffer out;
  append_le(out, std::uint64_t{footer.frame_sizes.size()});
  append_le(out, footer.plaintext_size);
  append(out, footer.plaintext_digest);
  for (const std::uint32_t size : footer.frame_sizes) append_le(out, size);
  out.push_back(key == nullptr ? 0 : 1);
  if (key == nullptr) return out;
  append(out, key->signer().public_key);
  append(out, key->sign(signed_message(header_hash, out)));
  return out;
}

Result<SealedFooter> parse_footer(ByteView plaintext, const Digest& header_hash) {
  ByteReader reader(plaintext);
  SealedFooter footer;
  const std::uint64_t frames = TRY(reader.integer<std::uint64_t>());
  footer.plaintext_size = TRY(reader.integer<std::uint64_t>());
  std::ranges::copy(TRY(reader.take(footer.plaintext_digest.size())),
                    footer.plaintext_digest.begin());
  if (frames > reader.rest().size() / sizeof(std::uint32_t)) return damaged("its count is wrong");
  footer.frame_sizes.reserve(frames);
  for (std::uint64_t i = 0; i < frames; ++i) {
    footer.frame_sizes.push_back(TRY(reader.integer<std::uint32_t>()));
  }
  footer.signer = TRY(take_signer(reader, plaintext, header_hash));
  if (!reader.rest().empty()) return damaged("its size is wrong");
  return footer;
}

Result<> check_signer(const std::optional<SignerId>& signer, const std::vector<SignerId>& trusted) {
  if (trusted.empty()) return {};
  const std::string remedy =
      "Look who wrote it; if that host is yours, add its signer to trusted_signers";
  if (!signer) return fail(ErrorKind::corrupt, "it is not signed", remedy);
  if (std::ranges::find(trusted, *signer) != trusted.end()) return {};
  return fail(ErrorKind::corrupt,
              "it is signed by " + signer->to_text() + ", which is not a trusted signer", remedy);
}

Buffer encode_tail_start(const SealedTail& tail) {
  Buffer out;
  append_le(out, tail.footer_offset);
  append_le(out, tail.footer_size);
  append(out, tail.content_id);
  return out;
}

Result<SealedTail> parse_tail(ByteView bytes) {
  ByteReader reader(bytes);
  SealedTail tail;
  tail.footer_offset = TRY(reader.integer<std::uint64_t>());
  tail.footer_size = TRY(reader.integer<std::uint32_t>());
  std::ranges::copy(TRY(reader.take(tail.content_id.size())), tail.content_id.begin());
  std::ranges::copy(TRY(reader.take(tail.stored_digest.size())), tail.stored_digest.begin());
  if (!std::ranges::equal(reader.rest(), kTailMagic)) {
    return fail(ErrorKind::corrupt, "its tail is damaged: it does not end as a sealed object");
  }
  return tail;
}

}  // namespace walden
