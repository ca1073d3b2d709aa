// A bucket as a script plays it, on a FakeHttpServer: for what no real server says at will.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "common/store/aws_credentials.h"
#include "common/store/patience.h"
#include "common/store/s3_location.h"
#include "common/store/s3_store.h"
#include "tests/support/fake_http_server.h"

namespace walden::testing {

// Other keys with each fetch: AKIA1, AKIA2, ...
class NumberedKeys final : public CredentialSource {
 public:
  [[nodiscard]] std::string describe() const override { return "the test"; }
  [[nodiscard]] Result<AwsCredentials> fetch(Deadline /*deadline*/) override {
    return AwsCredentials{
        "AKIA" + std::to_string(++fetched_), Secret::copy_of(bytes_of("secret")), {}, {}};
  }

 private:
  int fetched_ = 0;
};

inline std::string error_document(std::string_view code, std::string_view message = "words") {
  return fmt::format("<Error><Code>{}</Code><Message>{}</Message></Error>", code, message);
}

inline FakeAnswer refusal(int status, std::string_view code) {
  return {.status = status, .body = error_document(code)};
}

// As an object store answers for an object, or for having taken one.
inline FakeAnswer object(std::string body = {}) {
  return {.body = std::move(body),
          .headers = {{"etag", "\"1\""}, {"x-amz-request-id", "0000000000000001"}}};
}

// A part of an object, as `range` ("2-5/10") says.
inline FakeAnswer part(std::string_view range, std::string body) {
  FakeAnswer answer = object(std::move(body));
  answer.status = 206;
  answer.headers["content-range"] = fmt::format("bytes {}", range);
  return answer;
}

inline S3Location location_of(const FakeHttpServer& server) {
  return S3Location::make("s3://bucket/prod", {.endpoint = server.url()}, {}).value();
}

inline std::unique_ptr<S3Store> store_on(const FakeHttpServer& server, S3Options options = {},
                                         Clock clock = real_clock()) {
  return S3Store::at(location_of(server), std::make_unique<NumberedKeys>(), options,
                     std::move(clock));
}

}  // namespace walden::testing
