// What the client puts right by itself, and remembers: on a server that says what it is told.
#include "common/store/s3_client.h"

#include <gmock/gmock.h>

#include "tests/support/fake_http_server.h"

namespace walden {
namespace {

using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;

class FixedKeys final : public CredentialSource {
 public:
  [[nodiscard]] std::string describe() const override { return "the test"; }
  [[nodiscard]] Result<AwsCredentials> fetch() override {
    return AwsCredentials{
        "AKIA" + std::to_string(++fetched_), Secret::copy_of(bytes_of("secret")), {}, {}};
  }

 private:
  int fetched_ = 0;
};

std::string refusal(std::string_view code, std::string_view message) {
  return "<Error><Code>" + std::string(code) + "</Code><Message>" + std::string(message) +
         "</Message></Error>";
}

S3Client client_of(const FakeHttpServer& server) {
  return {S3Location::make("s3://bucket", {.endpoint = server.url()}, {}).value(),
          std::make_unique<FixedKeys>(), std::chrono::seconds(3)};
}

S3Request put(std::string_view content) {
  return {.operation = "PutObject",
          .method = "PUT",
          .key = "a",
          .body = bytes_of(content),
          .body_sha256 = "UNSIGNED-PAYLOAD"};
}

TEST(S3Client, SendsAContentMd5OnceABucketWithObjectLockAskedForIt) {
  FakeHttpServer server([](const FakeRequest& request) -> FakeAnswer {
    if (!request.header("content-md5").empty()) return {};
    return {400, refusal("InvalidRequest",
                         "Content-MD5 OR x-amz-checksum- HTTP header is required "
                         "for Put Object requests with Object Lock parameters")};
  });
  S3Client client = client_of(server);
  ASSERT_TRUE(client.perform(put("hello")));
  ASSERT_TRUE(client.perform(put("hello")));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].header("content-md5"), "");
  EXPECT_EQ(requests[1].header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");  // of RFC 1864's kind
  EXPECT_EQ(requests[2].header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
}

TEST(S3Client, DoesNotAskForEverWhereAContentMd5DoesNotHelp) {
  FakeHttpServer server([](const FakeRequest&) -> FakeAnswer {
    return {400, refusal("InvalidRequest", "Content-MD5 is required")};
  });
  S3Client client = client_of(server);
  ASSERT_FALSE(client.perform(put("")));
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests().back().header("content-md5"), "1B2M2Y8AsgTpgAmY7PhCfg==");
}

TEST(S3Client, FetchesNewCredentialsWhenTheirsHaveExpired) {
  FakeHttpServer server([](const FakeRequest& request) -> FakeAnswer {
    if (request.header("authorization").find("AKIA2") != std::string::npos) return {};
    return {400, refusal("ExpiredToken", "The provided token has expired")};
  });
  S3Client client = client_of(server);
  ASSERT_TRUE(client.perform(put("hello")));
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(S3Client, DoesNotGoOnWithCredentialsThatStayExpired) {
  FakeHttpServer server([](const FakeRequest&) -> FakeAnswer {
    return {400, refusal("ExpiredToken", "The provided token has expired")};
  });
  S3Client client = client_of(server);
  const auto answer = client.perform(put("hello"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::denied);
  EXPECT_LE(server.requests().size(), 3U);
}

TEST(S3Client, NeverShowsItsKeys) {
  FakeHttpServer server([](const FakeRequest&) -> FakeAnswer {
    return {403, refusal("SignatureDoesNotMatch", "no")};
  });
  S3Client client = client_of(server);
  const auto answer = client.perform(put("hello"));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().cause + answer.error().remedy,
              ::testing::Not(::testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace walden
