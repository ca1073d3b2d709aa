// Paths inside a backup, as the server names them.
#pragma once

#include <string_view>

namespace walden {

// Stays below the directory it will be joined to: not empty, not absolute, no NUL, and no part that
// is empty, "." or "..". CVE-2026-6475 was a client that wrote wherever the server's names led.
[[nodiscard]] bool stays_below(std::string_view path);

}  // namespace walden
