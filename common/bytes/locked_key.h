// A key under a passphrase: "WALDEN-LOCKED-KEY-1…" (docs/format.md, "Key files"). argon2id makes
// each guess of the passphrase cost 256 MiB and most of a second.
#pragma once

#include <string_view>

#include "common/bytes/secret.h"

namespace walden {

inline constexpr std::string_view kLockedKeyStart = "WALDEN-LOCKED-KEY-1";

// `key_text` is any other key's text.
[[nodiscard]] Result<Secret> lock_key(ByteView key_text, const Secret& passphrase);

// A wrong passphrase is ErrorKind::configuration.
[[nodiscard]] Result<Secret> unlock_key(std::string_view locked, const Secret& passphrase);

}  // namespace walden
