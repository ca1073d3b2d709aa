// What earlier runs left behind in a bucket, and what of it is removed.
#include "basebackup/interrupted_uploads.h"

#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include "tests/support/fake_s3.h"
#include "tests/support/s3_server.h"

namespace walden {
namespace {

using std::chrono::seconds;

class InterruptedUploadsOnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    bucket_.emplace();
    testing::set_s3_variables(
        testing::s3_variables(testing::s3_server().endpoint, testing::s3_server().owner));
    store_ = S3Store::open(bucket_->url("prod"), {}).value();
    begin("orders/1/backup/x/pack-0001");
    begin("orders/1/wal/00000001/00000000/000000010000000000000001");
    begin("orders/2/backup/x/pack-0001");
  }

  void begin(const std::string& name) {
    bucket_->must_send("POST", "prod/" + name, {{"uploads", ""}});
  }
  std::size_t left() { return store_->interrupted_uploads("").value().size(); }

  std::optional<testing::S3Bucket> bucket_;
  std::unique_ptr<S3Store> store_;
};

TEST_F(InterruptedUploadsOnS3, AreRemovedBelowThePrefixOnly) {
  EXPECT_EQ(remove_interrupted_uploads(*store_, "orders/1/", seconds(0)).value(), 2U);
  EXPECT_EQ(left(), 1U);
}

TEST_F(InterruptedUploadsOnS3, AreLeftAloneWhileTheyMayBeAtWork) {
  EXPECT_EQ(remove_interrupted_uploads(*store_, "orders/1/", kForgottenAfter).value(), 0U);
  EXPECT_EQ(left(), 3U);
}

// This host's clock is five days ahead: by it, the upload was begun five days ago.
TEST(InterruptedUploads, AreJudgedByTheServersClock) {
  using testing::FakeAnswer;
  using testing::FakeRequest;
  const auto there = std::chrono::system_clock::now() - std::chrono::hours(5 * 24);
  const std::string today = fmt::format("{:%Y%m%d}", fmt::gmtime(there));
  const testing::FakeHttpServer server([&](const FakeRequest& request) -> FakeAnswer {
    if (request.method == "DELETE") return {.status = 204};
    if (!request.header("x-amz-date").starts_with(today)) {
      FakeAnswer skewed = testing::refusal(403, "RequestTimeTooSkewed");
      skewed.headers["date"] = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(there));
      return skewed;
    }
    return {.body = fmt::format("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
                                "<Upload><Key>prod/orders/1/pack</Key><UploadId>1</UploadId>"
                                "<Initiated>{:%Y-%m-%dT%H:%M:%SZ}</Initiated></Upload>"
                                "</ListMultipartUploadsResult>",
                                fmt::gmtime(there - std::chrono::minutes(10)))};
  });
  const auto store = testing::store_on(server);
  EXPECT_EQ(remove_interrupted_uploads(*store, "orders/", kForgottenAfter).value(), 0U);
  EXPECT_EQ(remove_interrupted_uploads(*store, "orders/", seconds(60)).value(), 1U);
}

}  // namespace
}  // namespace walden
