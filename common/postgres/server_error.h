// What libpq and the server say, as an Error: one line, a kind by SQLSTATE, a remedy.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes/error.h"

struct pg_conn;
struct pg_result;

namespace walden {

inline constexpr std::string_view kDataCorrupted = "XX001";
inline constexpr std::string_view kUndefinedFile = "58P01";

// libpq's texts have several lines and end in a newline.
[[nodiscard]] std::string one_line(std::string_view text);

// Empty when libpq itself made the result.
[[nodiscard]] std::string_view sqlstate_of(const pg_result* result);

// `doing`: "take a base backup". Of a result with an error in it; its HINT becomes the remedy.
[[nodiscard]] Error server_error(std::string_view doing, const pg_result* result);

// The connection itself has broken.
[[nodiscard]] Error broken_connection(std::string_view doing, const pg_conn* connection);

// Rights are missing: what to do about it depends on what the server said.
[[nodiscard]] Error refused_connection(std::string_view said);

}  // namespace walden
