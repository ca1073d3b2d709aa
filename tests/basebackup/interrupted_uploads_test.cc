// What earlier runs left behind in a bucket, and what of it is removed.
#include "basebackup/interrupted_uploads.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace walden
