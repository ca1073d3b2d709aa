// Passphrases: from a file, or typed at the terminal with the echo off. Never from an option or a
// variable, where ps and /proc would show them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/bytes/key_file.h"
#include "common/bytes/secret.h"

namespace walden {

// The file's first line. Refused when group or others can read it, and when it is empty; `what` it
// holds is for the message.
[[nodiscard]] Result<Secret> read_passphrase_file(const std::filesystem::path& path,
                                                  std::string_view what = "passphrase");

// Asks on /dev/tty, and waits five minutes for the answer. Without a terminal, or in its
// background: ErrorKind::configuration, naming passphrase_file.
[[nodiscard]] Result<Secret> ask_passphrase(const std::string& prompt);

// Asks twice; ErrorKind::usage when the two differ or are empty.
[[nodiscard]] Result<Secret> ask_new_passphrase();

// For key files: from `passphrase_file` where it is not empty, else asked for.
[[nodiscard]] PassphraseSource passphrase_source(std::string passphrase_file);

}  // namespace walden
