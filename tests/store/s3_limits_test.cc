// How long one attempt may take: none may hang for ever, and a slow store must come to answer.
#include "common/store/s3_limits.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kPatience{60};

S3Request with_body(const Buffer& body) {
  return {.operation = "UploadPart", .method = "PUT", .body = body};
}

TEST(S3Limits, GiveEachAttemptMoreTimeForItsFirstByte) {
  milliseconds before{0};
  for (int attempt = 1; attempt <= 4; ++attempt) {
    const auto limits = s3_limits({}, kPatience, attempt, kPatience);
    EXPECT_GT(limits.first_byte, before) << attempt;
    before = limits.first_byte;
  }
  EXPECT_EQ(s3_limits({}, kPatience, 1, kPatience).first_byte, seconds(10));
}

TEST(S3Limits, LetNoAttemptWaitLongerThanPatienceLasts) {
  for (int attempt = 1; attempt <= 15; ++attempt) {
    EXPECT_LE(s3_limits({}, kPatience, attempt, kPatience).first_byte, kPatience) << attempt;
    EXPECT_LE(s3_limits({}, kPatience, attempt, seconds(12)).first_byte, seconds(12)) << attempt;
    // The last one is a try too, and no shorter than the first was.
    EXPECT_EQ(s3_limits({}, kPatience, attempt, seconds(0)).first_byte, seconds(10)) << attempt;
  }
}

TEST(S3Limits, LeaveTimeForAnotherAttemptWhateverThePatience) {
  for (const auto patience : {seconds(2), seconds(10), seconds(60), seconds(120), seconds(600)}) {
    EXPECT_LE(2 * s3_limits({}, patience, 1, patience).first_byte, patience);
    EXPECT_LT(s3_limits({}, patience, 1, patience).connect, patience);
  }
}

TEST(S3Limits, WaitLongerForWhatAProxyPassesOnSlowly) {
  const Buffer body(20U << 20U);
  const auto limits = s3_limits(with_body(body), kPatience, 1, kPatience);
  EXPECT_GT(limits.first_byte, s3_limits({}, kPatience, 1, kPatience).first_byte);
  EXPECT_LE(limits.first_byte, kPatience);
  EXPECT_GE(limits.total, s3_time_for(body.size()));
}

TEST(S3Limits, AreShortForWhatIsNotWorthMuchWaiting) {
  const S3Request abort{.operation = "AbortMultipartUpload", .method = "DELETE", .brief = true};
  EXPECT_EQ(s3_patience(abort, kPatience), seconds(5));
  const auto limits = s3_limits(abort, kPatience, 1, seconds(5));
  EXPECT_LE(limits.first_byte, seconds(1));
  EXPECT_LE(limits.total, seconds(10));
}

TEST(S3Limits, LetAServerThinkForMinutesWhereItMay) {
  const S3Request complete{.operation = "CompleteMultipartUpload", .method = "POST", .slow = true};
  EXPECT_GE(s3_limits(complete, kPatience, 1, kPatience).first_byte, minutes(2));
  EXPECT_LE(s3_limits(complete, kPatience, 9, kPatience).total, minutes(5));
  EXPECT_GE(s3_patience(complete, kPatience), minutes(4));
}

}  // namespace
}  // namespace walden
