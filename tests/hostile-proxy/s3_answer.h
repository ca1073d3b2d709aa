// Answers of an S3 server that is not there
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
#pragma once

#include <string>

#include "tests/hostile-proxy/fault_script.h"

namespace walden::testing {

// The whole message for `status`, `ok-with-error` and `html`. An answer to HEAD has no body.
[[nodiscard]] std::string s3_answer(const Fault& fault, const RequestTarget& request);

}  // namespace walden::testing
