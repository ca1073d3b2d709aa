// The same work on many things, on several threads.
#pragma once

#include <cstddef>
#include <functional>

#include "common/bytes/error.h"

namespace walden {

// Runs work(0) to work(count - 1), begun in this order, on up to `threads` threads (the caller's is
// one of them). After an error nothing more is begun, and the first error is returned once
// everything that was begun has ended.
[[nodiscard]] Result<> in_parallel(unsigned threads, std::size_t count,
                                   const std::function<Result<>(std::size_t)>& work);

}  // namespace walden
