// Text as one word of a shell's command line.
#pragma once

#include <string>

namespace walden {

// Unchanged where no character means anything to a shell, else in single quotes.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace walden
