// What the client puts right by itself, and remembers: on a server that says what it is told.
#include "common/store/s3_client.h"

#include <fmt/chrono.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/fake_s3.h"

namespace walden {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;
using ::testing::HasSubstr;

std::string refusal(std::string_view code, std::string_view message) {
  return testing::error_document(code, message);
}

S3Client client_of(const FakeHttpServer& server) {
  return {testing::location_of(server), std::make_unique<testing::NumberedKeys>(), seconds(3)};
}

S3Request put(std::string_view content) {
  return {.operation = "PutObject",
          .method = "PUT",
          .key = "prod/a",
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

// A server whose clock is hours ahead, and that takes nothing signed for another time.
TEST(S3Client, SaysOnceThatTheClockIsOff) {
  std::atomic<int> ahead = 1;
  FakeHttpServer server([&](const FakeRequest& request) -> FakeAnswer {
    const auto there = std::chrono::system_clock::now() + std::chrono::hours(ahead);
    const std::string signed_for = request.header("x-amz-date").substr(0, 11);
    for (const auto time : {there, there - std::chrono::minutes(1)}) {
      if (signed_for == fmt::format("{:%Y%m%dT%H}", fmt::gmtime(time))) return {};
    }
    const std::string date = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(there));
    return {403, refusal("RequestTimeTooSkewed", "no"), {{"date", date}}};
  });
  std::vector<std::string> said;
  S3Client client(testing::location_of(server), std::make_unique<testing::NumberedKeys>(),
                  seconds(3), real_clock(),
                  [&](const std::string& sentence) { said.push_back(sentence); });
  ASSERT_TRUE(client.perform(put("hello")));
  EXPECT_GT(client.server_time(), std::chrono::system_clock::now() + std::chrono::minutes(55));
  ahead = 3;
  ASSERT_TRUE(client.perform(put("hello")));
  EXPECT_GT(client.server_time(), std::chrono::system_clock::now() + std::chrono::minutes(175));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said.front(), HasSubstr("s behind the server's"));
}

// The second attempt is answered after a time in which the first was given up.
TEST(S3Client, GivesASlowServerMoreTimeWithEachAttempt) {
  std::atomic<int> requests = 0;
  std::atomic<steady_clock::time_point> first{};
  FakeHttpServer server([&](const FakeRequest&) -> FakeAnswer {
    if (++requests == 1) {
      first = steady_clock::now();
      return {.silent = true};
    }
    std::this_thread::sleep_for(steady_clock::now() - first.load());
    return {};
  });
  S3Client client(testing::location_of(server), std::make_unique<testing::NumberedKeys>(),
                  seconds(12));
  EXPECT_TRUE(client.perform(put("hello")));
  EXPECT_EQ(requests, 2);
}

// Asked for keys, waits until it is told that it has no more time; what a helper program does.
class KeysThatNeverCome final : public CredentialSource {
 public:
  [[nodiscard]] std::string describe() const override { return "never"; }
  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    std::this_thread::sleep_until(
        std::min(deadline, steady_clock::now() + std::chrono::minutes(5)));
    return fail(ErrorKind::transient, "no keys in time");
  }
};

TEST(S3Client, WaitsForCredentialsNoLongerThanItsPatience) {
  const FakeHttpServer server([](const FakeRequest&) -> FakeAnswer { return {}; });
  S3Client client(testing::location_of(server), std::make_unique<KeysThatNeverCome>(), seconds(3));
  const auto begun = steady_clock::now();
  const auto answer = client.perform(put("hello"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::transient);
  EXPECT_THAT(answer.error().cause, HasSubstr("no keys in time"));
  EXPECT_LT(steady_clock::now() - begun, seconds(30));
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace walden
