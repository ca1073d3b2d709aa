// HKDF-SHA256 (RFC 5869, without salt) and HMAC-SHA256 (RFC 2104), both from OpenSSL.
#pragma once

#include "common/bytes/secret.h"
#include "common/bytes/sha256.h"

namespace walden {

// A key of 32 bytes for the one purpose that `info` names.
[[nodiscard]] Result<Secret> derive_key(const Secret& from, ByteView info);

[[nodiscard]] Digest hmac_sha256(ByteView key, ByteView message);

}  // namespace walden
