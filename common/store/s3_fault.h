// What an S3 server's refusal means: its error document
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) as a kind of error and as what to
// do next.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/store/http_client.h"

namespace walden {

struct S3Fault {
  int status = 0;
  std::string code;     // "NoSuchKey"; empty where there was no error document
  std::string message;  // the server's own words, one line
  std::string region;   // the bucket's, where the answer says it
  std::optional<std::chrono::seconds> retry_after;

  // What the attempt that met it should be followed by.
  enum class Next {
    give_up,
    try_again,
    try_slower,       // throttled
    other_region,     // sign for `region`
    correct_clock,    // take the time from the answer's Date
    new_credentials,  // these have expired
  };
  [[nodiscard]] Next next() const;
  // A bucket with object lock takes nothing without a checksum in a header.
  [[nodiscard]] bool asks_for_content_md5() const;
  [[nodiscard]] ErrorKind kind() const;

  // "403 AccessDenied for PutObject: <message>", with a remedy where one is known.
  [[nodiscard]] Error error(std::string_view operation) const;
};

// Of an answer that is not what was hoped for: any status but 2xx, or a 2xx whose body is an error
// document. A body that is none leaves the code empty.
[[nodiscard]] S3Fault read_fault(const HttpResponse& response);

// The name of the root of a whole XML document; empty for anything else, also one that was cut off.
// CompleteMultipartUpload may answer 200 and an error.
[[nodiscard]] std::string root_of_document(std::string_view body);

}  // namespace walden
