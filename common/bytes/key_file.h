// Key files: one text line with the key, after a comment with its public half (docs/format.md).
// A file that group or others can read is refused: a secret that others may have read is no secret.
// With a passphrase the line is "WALDEN-LOCKED-KEY-1…": salt, argon2id cost, nonce, XChaCha20 box.
#pragma once

#include <filesystem>
#include <functional>

#include "common/bytes/keys.h"

namespace walden {

// Asked only when the file turns out to be locked. `path` is for the prompt.
using PassphraseSource = std::function<Result<Secret>(const std::filesystem::path& path)>;

[[nodiscard]] Result<SecretKey> read_secret_key(const std::filesystem::path& path,
                                                const PassphraseSource& passphrase);
[[nodiscard]] Result<SigningKey> read_signing_key(const std::filesystem::path& path,
                                                  const PassphraseSource& passphrase);

// Creates the file with mode 0600, never over an existing one (ErrorKind::exists).
// `passphrase` may be null: the key is then kept in the clear.
[[nodiscard]] Result<> write_secret_key(const std::filesystem::path& path, const SecretKey& key,
                                        const Secret* passphrase);
[[nodiscard]] Result<> write_signing_key(const std::filesystem::path& path, const SigningKey& key,
                                         const Secret* passphrase);

}  // namespace walden
