#include "common/bytes/secret.h"

#include <sodium.h>

#include <algorithm>

namespace walden {

Secret Secret::copy_of(ByteView bytes) {
  Secret secret(bytes.size());
  std::ranges::copy(bytes, secret.bytes_.begin());
  return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

void Secret::wipe() noexcept {
  if (!bytes_.empty()) ::sodium_memzero(bytes_.data(), bytes_.size());
}

}  // namespace walden
