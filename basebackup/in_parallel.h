// The same work on many things, on several threads.
#pragma once

#include <cstddef>
#include <functional>

#include "common/bytes/error.h"

namespace walden {

// Calls turn() again and again on up to `threads` threads (the caller's is one of them) until it
// says false: there is nothing left. After an error no more turns are begun, and the first error is
// returned once all that were begun have ended.
[[nodiscard]] Result<> take_turns(unsigned threads, const std::function<Result<bool>()>& turn);

// Runs work(0) to work(count - 1), begun in this order, in the same way.
[[nodiscard]] Result<> in_parallel(unsigned threads, std::size_t count,
                                   const std::function<Result<>(std::size_t)>& work);

}  // namespace walden
