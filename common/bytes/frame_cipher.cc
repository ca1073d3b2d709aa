#include "common/bytes/frame_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::size_t kNonceSize = 12;
using Nonce = std::array<std::uint8_t, kNonceSize>;

Nonce nonce_of(std::uint64_t index, FrameType type) {
  Nonce nonce{};
  std::memcpy(nonce.data(), &index, sizeof index);
  nonce[sizeof index] = static_cast<std::uint8_t>(type);
  return nonce;
}

std::unexpected<Error> refused_by_openssl() {
  return fail(ErrorKind::local_io, "cannot seal a frame: OpenSSL refused");
}

std::unexpected<Error> does_not_match() {
  return fail(ErrorKind::corrupt, "its tag does not match its content");
}

}  // namespace

Result<std::shared_ptr<const evp_cipher_st>> fetch_cipher(Suite suite) {
  if (suite == Suite::checksummed) return nullptr;
  const char* name = suite == Suite::aes_256_gcm ? "AES-256-GCM" : "ChaCha20-Poly1305";
  EVP_CIPHER* cipher = ::EVP_CIPHER_fetch(nullptr, name, nullptr);
  if (cipher == nullptr) {
    return fail(ErrorKind::configuration,
                std::string("cannot seal or open objects: OpenSSL offers no ") + name,
                "See: openssl list -cipher-algorithms");
  }
  return std::shared_ptr<const evp_cipher_st>(cipher,
                                              [](EVP_CIPHER* it) { ::EVP_CIPHER_free(it); });
}

void FrameCipher::Free::operator()(evp_cipher_ctx_st* context) const {
  ::EVP_CIPHER_CTX_free(context);
}

FrameCipher::FrameCipher(FrameCipher&&) noexcept = default;
FrameCipher& FrameCipher::operator=(FrameCipher&&) noexcept = default;
FrameCipher::~FrameCipher() = default;

Result<FrameCipher> FrameCipher::create(const ObjectKeys& keys, Direction direction) {
  FrameCipher cipher(keys);
  if (keys.suite == Suite::checksummed) return cipher;
  cipher.context_.reset(::EVP_CIPHER_CTX_new());
  if (!cipher.context_ ||
      ::EVP_CipherInit_ex2(cipher.context_.get(), keys.cipher.get(), keys.payload_key.view().data(),
                           nullptr, direction == Direction::seal ? 1 : 0, nullptr) != 1) {
    return refused_by_openssl();
  }
  return cipher;
}

Result<> FrameCipher::seal(std::uint64_t index, FrameType type, std::span<std::uint8_t> body) {
  const auto text = body.first(body.size() - kTagSize);
  const auto tag = body.last<kTagSize>();
  if (!context_) {
    std::ranges::copy(checksum(index, type, text), tag.begin());
    return {};
  }
  const Nonce nonce = nonce_of(index, type);
  auto* context = context_.get();
  int size = 0;
  if (::EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
      ::EVP_EncryptUpdate(context, text.data(), &size, text.data(),
                          static_cast<int>(text.size())) != 1 ||
      ::EVP_EncryptFinal_ex(context, text.data() + size, &size) != 1 ||
      ::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag.data()) != 1) {
    return refused_by_openssl();
  }
  return {};
}

Result<ByteView> FrameCipher::open(std::uint64_t index, FrameType type,
                                   std::span<std::uint8_t> body) {
  if (body.size() < kTagSize) return fail(ErrorKind::corrupt, "it is shorter than its tag");
  const auto text = body.first(body.size() - kTagSize);
  const auto tag = body.last<kTagSize>();
  if (!context_) {
    const auto expected = checksum(index, type, text);
    if (!std::ranges::equal(expected, tag)) return does_not_match();
    return ByteView(text);
  }
  const Nonce nonce = nonce_of(index, type);
  auto* context = context_.get();
  int size = 0;
  if (::EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
      ::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) != 1 ||
      ::EVP_DecryptUpdate(context, text.data(), &size, text.data(),
                          static_cast<int>(text.size())) != 1 ||
      ::EVP_DecryptFinal_ex(context, text.data() + size, &size) != 1) {
    return does_not_match();
  }
  return ByteView(text);
}

std::array<std::uint8_t, kTagSize> FrameCipher::checksum(std::uint64_t index, FrameType type,
                                                         ByteView text) {
  const Nonce nonce = nonce_of(index, type);
  sha256_.update(keys_->header_hash);
  sha256_.update(ByteView(nonce).first(sizeof index + sizeof type));
  sha256_.update(text);
  const Digest digest = sha256_.finish();
  std::array<std::uint8_t, kTagSize> tag;
  std::copy_n(digest.begin(), kTagSize, tag.begin());
  return tag;
}

}  // namespace walden
