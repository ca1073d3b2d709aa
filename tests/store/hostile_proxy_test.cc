// The proxy that the tests of the S3 store stand on: a fault that does not happen proves nothing.
#include "tests/support/hostile_proxy.h"

#include <gmock/gmock.h>

#include "tests/support/s3_server.h"

namespace walden {
namespace {

using testing::HostileProxy;
using testing::ProxiedRequest;
using testing::S3Bucket;

class HostileProxyOnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    bucket_ = std::make_unique<S3Bucket>();
    bucket_->must_send("PUT", "object", {}, content_);
    // Readable without a signature: these are tests of the way there, not of signing.
    bucket_->must_send("PUT", "", {{"policy", ""}},
                       R"({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [
        "arn:aws:s3:::)" + bucket_->name() +
                           R"(", "arn:aws:s3:::)" + bucket_->name() + R"(/*"]}]})");
  }

  Result<HttpResponse> send(const HostileProxy& proxy, const std::string& method,
                            ByteSink* sink = nullptr) {
    HttpRequest request;
    request.method = method;
    request.url = proxy.endpoint() + "/" + bucket_->name() + "/object";
    if (method == "PUT") request.body = bytes_of(content_);
    request.limits.first_byte = std::chrono::milliseconds(500);
    request.limits.stalled = std::chrono::milliseconds(1000);
    if (sink == nullptr) return client_.perform(request);
    return client_.perform(request, [&](const HttpResponse&) -> Result<ByteSink*> { return sink; });
  }
  Result<HttpResponse> get(const HostileProxy& proxy) { return send(proxy, "GET"); }

  HttpClient client_;
  std::unique_ptr<S3Bucket> bucket_;
  std::string content_ = std::string(200'000, 'w');
};

TEST_F(HostileProxyOnS3, PassesWhatNoRuleNames) {
  const HostileProxy proxy("status code=500 error=InternalError path=/elsewhere times=always\n");
  for (const std::string method : {"GET", "HEAD", "PUT", "GET"}) {
    const auto answer = send(proxy, method);
    ASSERT_TRUE(answer) << answer.error().cause;
    EXPECT_EQ(answer->status, 200) << answer->text();
    if (method == "GET") {
      EXPECT_EQ(answer->text(), content_);
    }
  }
  EXPECT_EQ(proxy.requests().size(), 4U);
  EXPECT_EQ(proxy.harmed(), 0U);
}

TEST_F(HostileProxyOnS3, HarmsAsOftenAsItIsTold) {
  const HostileProxy proxy(
      "status code=503 error=SlowDown retry-after=7 method=GET skip=1 times=2\n");
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) {
    const auto answer = get(proxy);
    ASSERT_TRUE(answer) << answer.error().cause;
    statuses.push_back(answer->status);
    if (answer->status == 503) {
      EXPECT_EQ(answer->header("retry-after"), "7");
      EXPECT_THAT(std::string(answer->text()), ::testing::HasSubstr("<Code>SlowDown</Code>"));
    }
  }
  EXPECT_THAT(statuses, ::testing::ElementsAre(200, 503, 503, 200, 200));
  EXPECT_EQ(proxy.harmed(), 2U);
}

TEST_F(HostileProxyOnS3, BreaksTheAnswerOffWhereItIsTold) {
  for (const std::string fault : {"reset-response", "truncate", "stall-response"}) {
    const HostileProxy proxy(fault + " bytes=1000\n");
    BufferSink sink(1U << 20U);
    const auto answer = send(proxy, "GET", &sink);
    ASSERT_FALSE(answer) << fault;
    EXPECT_EQ(answer.error().kind, ErrorKind::transient) << fault;
    EXPECT_LE(sink.buffer().size(), 1000U) << fault;
    EXPECT_EQ(proxy.requests().at(0).fault, fault);
  }
}

TEST_F(HostileProxyOnS3, LosesTheAnswerAfterTheServerHasStored) {
  const HostileProxy proxy("lose method=PUT\n");
  content_ = "new";
  EXPECT_FALSE(send(proxy, "PUT"));
  EXPECT_EQ(bucket_->must_send("GET", "object"), "new");
}

TEST_F(HostileProxyOnS3, KeepsABrokenUploadFromTheServer) {
  for (const std::string fault :
       {"reset-request bytes=1000", "stall-request bytes=1000", "stall", "hang-up"}) {
    const HostileProxy proxy(fault + " method=PUT\n");
    const std::string before = bucket_->must_send("GET", "object");
    content_ = fault + std::string(200'000, 'x');
    const auto answer = send(proxy, "PUT");
    ASSERT_FALSE(answer) << fault;
    EXPECT_EQ(answer.error().kind, ErrorKind::transient) << fault;
    EXPECT_EQ(bucket_->must_send("GET", "object"), before) << fault;
    EXPECT_EQ(proxy.requests().at(0).status, 0) << fault;
  }
}

TEST_F(HostileProxyOnS3, InvertsOneBit) {
  const HostileProxy proxy("corrupt bytes=70000\n");
  const auto answer = get(proxy);
  ASSERT_TRUE(answer) << answer.error().cause;
  std::string expected = content_;
  expected[70000] = static_cast<char>(expected[70000] ^ 1);
  EXPECT_EQ(answer->text(), expected);
}

TEST_F(HostileProxyOnS3, AnswersWithoutTheServer) {
  const HostileProxy proxy(
      "status code=301 error=PermanentRedirect region=eu-west-1\n"
      "ok-with-error error=InternalError\n"
      "html code=502\n"
      "status code=404 error=NoSuchBucket method=HEAD\n");
  const auto redirect = get(proxy);
  ASSERT_TRUE(redirect) << redirect.error().cause;
  EXPECT_EQ(redirect->status, 301);
  EXPECT_EQ(redirect->header("x-amz-bucket-region"), "eu-west-1");
  const auto ok = get(proxy);
  ASSERT_TRUE(ok) << ok.error().cause;
  EXPECT_EQ(ok->status, 200);
  EXPECT_THAT(std::string(ok->text()), ::testing::HasSubstr("<Error>"));
  const auto page = get(proxy);
  ASSERT_TRUE(page) << page.error().cause;
  EXPECT_EQ(page->status, 502);
  const auto head = send(proxy, "HEAD");
  ASSERT_TRUE(head) << head.error().cause;
  EXPECT_EQ(head->status, 404);
  EXPECT_EQ(get(proxy)->status, 200);
}

TEST_F(HostileProxyOnS3, RefusesAScriptItDoesNotUnderstand) {
  EXPECT_THROW(HostileProxy("rest-response bytes=1\n"), std::runtime_error);
  EXPECT_THROW(HostileProxy("stall byte=1\n"), std::runtime_error);
  EXPECT_THROW(HostileProxy("stall bytes=x\n"), std::runtime_error);
}

}  // namespace
}  // namespace walden
