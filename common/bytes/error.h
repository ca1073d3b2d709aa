// Errors are values. They are made where they happen, carry one sentence for the person and one for
// the remedy, and become an exit code in one place only (call/exit_codes.h).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace walden {

enum class ErrorKind {
  usage,          // the command line or an argument is wrong
  configuration,  // a setting, key or store that must be put right by a person
  absent,         // the store positively said that the object is not there
  exists,         // create-if-absent refused: something has that name already
  denied,         // no permission
  transient,      // may succeed when tried again
  corrupt,        // bytes that are not what they must be
  local_io,       // this machine's disk or kernel refused
};

struct Error {
  ErrorKind kind = ErrorKind::transient;
  std::string cause;   // "cannot <do what> <to what>: <what happened>", lower case, no full stop
  std::string remedy;  // what to do, one sentence; empty where only the caller can know

  // The same error seen from further out: "<context>: <cause>".
  [[nodiscard]] Error within(std::string_view context) const;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string cause,
                                          std::string remedy = {});

// "cannot <doing> <path>: <strerror>". ENOENT is local_io here: only a Store may speak of absence.
// EACCES, EPERM and EROFS are denied; All these, ENOSPC and EDQUOT carry a remedy.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view doing, std::string_view path,
                                                int error_number);

[[nodiscard]] std::string_view to_string(ErrorKind kind);

namespace detail {
template <class T>
T take(std::expected<T, Error>&& result) {
  return std::move(*result);
}
inline void take(std::expected<void, Error>&& /*result*/) {}
}  // namespace detail

}  // namespace walden

// The value of an expression that yields Result<T>; on an error, returns it from the function.
// Each use has a name of its own, so that one TRY may stand inside another. It must be the first
// thing that its full expression builds: g++ does not destroy temporaries that are already there
// when the return leaves it, so `Pair{TRY(a), TRY(b)}` leaks a. Give such values names first.
#define TRY(expression) WALDEN_TRY_NAMED(expression, WALDEN_JOIN(walden_result_, __COUNTER__))
#define WALDEN_JOIN(left, right) WALDEN_JOIN_EXPANDED(left, right)
#define WALDEN_JOIN_EXPANDED(left, right) left##right
#define WALDEN_TRY_NAMED(expression, result)             \
  __extension__({                                        \
    auto result = (expression);                          \
    if (!result) [[unlikely]]                            \
      return std::unexpected(std::move(result).error()); \
    ::walden::detail::take(std::move(result));           \
  })
