#include "common/bytes/key_derivation.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <new>

namespace walden {
namespace {

constexpr std::size_t kKeySize = 32;

struct Free {
  void operator()(EVP_KDF* kdf) const { ::EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { ::EVP_KDF_CTX_free(context); }
};

// OpenSSL's parameters are not const, but only read.
OSSL_PARAM octets(const char* name, ByteView bytes) {
  return ::OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()),
                                             bytes.size());
}

}  // namespace

Result<Secret> derive_key(const Secret& from, ByteView info) {
  const std::unique_ptr<EVP_KDF, Free> kdf(::EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Free> context(kdf ? ::EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::array<char, 7> hash{"SHA256"};
  const std::array<OSSL_PARAM, 4> parameters{
      ::OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, from.view()), octets(OSSL_KDF_PARAM_INFO, info),
      ::OSSL_PARAM_construct_end()};
  Secret key(kKeySize);
  if (!context ||
      ::EVP_KDF_derive(context.get(), key.writable().data(), kKeySize, parameters.data()) != 1) {
    return fail(ErrorKind::configuration, "cannot derive a key: OpenSSL offers no HKDF-SHA256",
                "See: openssl list -kdf-algorithms");
  }
  return key;
}

// Fails only when memory is short, as Sha256 does.
Digest hmac_sha256(ByteView key, ByteView message) {
  Digest mac;
  unsigned size = mac.size();
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(),
             message.size(), mac.data(), &size) == nullptr) {
    throw std::bad_alloc();
  }
  return mac;
}

}  // namespace walden
