// Bech32 (BIP 173) text for keys, without its limit of 90 characters: a prefix, '1', the bytes in
// base 32, and a checksum that finds every mistyped character.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes/bytes.h"

namespace walden {

// `prefix` is lower case; the text is lower case.
[[nodiscard]] std::string bech32_encode(std::string_view prefix, ByteView bytes);

// All lower or all upper case, with exactly this prefix. ErrorKind::configuration otherwise, never
// repeating the text, which may be a secret.
[[nodiscard]] Result<Buffer> bech32_decode(std::string_view prefix, std::string_view text);

}  // namespace walden
