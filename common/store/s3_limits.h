// How long an operation and each of its attempts may take.
#pragma once

#include "common/store/s3_client.h"

namespace walden {

// How long `request` goes on without progress, where an ordinary one does for `patience`.
[[nodiscard]] std::chrono::milliseconds s3_patience(const S3Request& request,
                                                    std::chrono::milliseconds patience);

// Of one attempt, the first being number 1. One that hangs must leave time for another, which is
// given more: a store that is slow but well must come to answer. `left`: of the operation's
// patience; no attempt waits for an answer longer than that, but each as long as the first.
[[nodiscard]] HttpLimits s3_limits(const S3Request& request, std::chrono::milliseconds patience,
                                   int attempt, std::chrono::milliseconds left);

// The slowest transfer that counts as progress.
[[nodiscard]] std::chrono::milliseconds s3_time_for(std::size_t bytes);

}  // namespace walden
