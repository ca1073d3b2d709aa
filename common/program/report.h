// What a person reads when something goes wrong: cause, effect, remedy (docs and ux: lower-case
// sentence after the program's name, indented lines below, never a secret).
#pragma once

#include <string>
#include <string_view>

#include "common/bytes/error.h"

namespace walden {

// "<program>: <cause>\n  <effect>\n  <remedy>\n" to standard error in one write(2), so that lines
// of two programs do not mix in PostgreSQL's log. Empty effect or remedy leaves out its line.
void report(std::string_view program, const Error& error, std::string_view effect = {});

// One line on standard error: "<program>: <text>".
void say(std::string_view program, std::string_view text);

// The same for somebody else's standard error, without colour.
[[nodiscard]] std::string report_text(std::string_view program, const Error& error,
                                      std::string_view effect = {});
[[nodiscard]] std::string line_text(std::string_view program, std::string_view text);

}  // namespace walden
