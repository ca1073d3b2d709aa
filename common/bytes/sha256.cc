#include "common/bytes/sha256.h"

#include <openssl/evp.h>

#include <new>

namespace walden {
namespace {

// OpenSSL's digest calls fail only when memory is short or the library is unusable; neither can be
// mended by a caller.
void must(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  ::EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  must(::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr));
}

void Sha256::update(ByteView bytes) {
  must(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest Sha256::finish() {
  Digest digest;
  must(::EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  must(::EVP_DigestInit_ex(context_.get(), nullptr, nullptr));
  return digest;
}

Digest Sha256::of(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace walden
