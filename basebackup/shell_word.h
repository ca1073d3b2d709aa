// Text as one word of a shell's command line.
#pragma once

#include <string>
#include <vector>

namespace walden {

// Unchanged where no character means anything to a shell, else in single quotes.
[[nodiscard]] std::string shell_word(const std::string& text);
// All of them, each behind a space: what follows a command.
[[nodiscard]] std::string shell_arguments(const std::vector<std::string>& arguments);

}  // namespace walden
