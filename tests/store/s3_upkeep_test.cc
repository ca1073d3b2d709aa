// Listings and facts from servers that do not end, or are none.
#include <gmock/gmock.h>

#include <atomic>

#include "tests/support/fake_s3.h"

namespace walden {
namespace {

using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;
using ::testing::HasSubstr;

ErrorKind kind_of(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorKind::usage : result.error().kind;
}

TEST(S3Listing, EndsWhereAServerLeadsFromOneEmptyPageToTheNext) {
  std::atomic<int> page = 0;
  const FakeHttpServer server([&](const FakeRequest&) -> FakeAnswer {
    return {.body = fmt::format("<ListBucketResult><IsTruncated>true</IsTruncated>"
                                "<NextContinuationToken>{}</NextContinuationToken>"
                                "</ListBucketResult>",
                                ++page)};
  });
  const auto listed =
      testing::store_on(server)->list({}, [](const ObjectEntry&) -> Result<> { return {}; });
  ASSERT_EQ(kind_of(listed), ErrorKind::transient);
  EXPECT_THAT(listed.error().cause, HasSubstr("does not get anywhere"));
}

TEST(S3Uploads, EndWhereAServerListsThemInCircles) {
  for (const std::string next : {"b", "a"}) {
    std::atomic<int> page = 0;
    const FakeHttpServer server([&](const FakeRequest&) -> FakeAnswer {
      return {.body = fmt::format("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                                  "<NextKeyMarker>{}</NextKeyMarker>"
                                  "<NextUploadIdMarker>{}</NextUploadIdMarker>"
                                  "</ListMultipartUploadsResult>",
                                  ++page % 2 == 0 ? "b" : next, page.load())};
    });
    const auto found = testing::store_on(server)->interrupted_uploads("");
    ASSERT_EQ(kind_of(found), ErrorKind::transient);
    EXPECT_THAT(found.error().cause, HasSubstr("does not end"));
  }
}

TEST(S3Facts, AreNotReadOffAWebPage) {
  const FakeHttpServer server([](const FakeRequest&) -> FakeAnswer {
    return {.body = "<html/>", .headers = {{"etag", "\"1\""}}};
  });
  EXPECT_EQ(kind_of(testing::store_on(server, {.patience = std::chrono::seconds(1)})->facts()),
            ErrorKind::transient);
}

// "Off" would be said of what was not answered.
TEST(S3Facts, AreUnknownWhereWhatCameIsNoAnswer) {
  const FakeHttpServer server([](const FakeRequest& request) -> FakeAnswer {
    if (request.target.find("list-type") == std::string::npos) return {.body = "<html/>"};
    return {.body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"};
  });
  const auto facts = testing::store_on(server)->facts();
  ASSERT_TRUE(facts) << facts.error().cause;
  EXPECT_EQ(facts->versioning, S3Facts::Answer::unknown);
  EXPECT_EQ(facts->object_lock, S3Facts::Answer::unknown);
}

}  // namespace
}  // namespace walden
