// A command line in one string, taken apart as a POSIX shell would, without running one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

// Blanks divide words; '...' is literal; in "..." a backslash keeps only " and \ from their
// meaning; outside it keeps any character. Nothing is expanded: variables, ~ and * are themselves.
// ErrorKind::configuration for a quote that does not end; the message holds nothing of the text.
[[nodiscard]] Result<std::vector<std::string>> split_shell_words(std::string_view text);

}  // namespace walden
