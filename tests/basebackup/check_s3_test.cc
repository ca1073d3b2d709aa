#include "basebackup/check_s3.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using Answer = S3Facts::Answer;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(CheckCreate, FailsWhereTheConditionIsIgnored) {
  EXPECT_EQ(judge_create(true, S3Create::conditional).verdict, Verdict::ok);
  const Fact ignored = judge_create(false, S3Create::conditional);
  EXPECT_EQ(ignored.verdict, Verdict::fail);
  EXPECT_THAT(ignored.remedy, HasSubstr("s3_create = \"checked\""));
}

TEST(CheckCreate, WarnsWhereObjectsAreOnlyCheckedBefore) {
  EXPECT_EQ(judge_create(false, S3Create::checked).verdict, Verdict::warn);
  const Fact needless = judge_create(true, S3Create::checked);
  EXPECT_EQ(needless.verdict, Verdict::warn);
  EXPECT_THAT(needless.remedy, HasSubstr("conditional"));
}

TEST(CheckCreate, PassesOnWhyNothingCouldBeWritten) {
  const Fact denied =
      judge_create(fail(ErrorKind::denied, "403", "see the policy"), S3Create::conditional);
  EXPECT_EQ(denied.verdict, Verdict::fail);
  EXPECT_EQ(denied.text, "403");
  EXPECT_EQ(denied.remedy, "see the policy");
}

TEST(CheckMultipart, WarnsWhereTheConditionIsIgnoredInParts) {
  EXPECT_EQ(judge_multipart(true).verdict, Verdict::ok);
  const Fact ignored = judge_multipart(false);
  EXPECT_EQ(ignored.verdict, Verdict::warn);
  EXPECT_THAT(ignored.remedy, HasSubstr("docs/s3.md#create"));
}

TEST(CheckMultipart, FailsWhereNothingCanBeStoredInParts) {
  const Fact denied = judge_multipart(fail(ErrorKind::denied, "403", "see the policy"));
  EXPECT_EQ(denied.verdict, Verdict::fail);
  EXPECT_EQ(denied.remedy, "see the policy");
}

TEST(CheckRights, WarnsOfTheRightToDelete) {
  EXPECT_EQ(judge_rights(true, Answer::no).verdict, Verdict::ok);
  EXPECT_EQ(judge_rights(true, Answer::unknown).verdict, Verdict::ok);
  EXPECT_EQ(judge_rights(true, Answer::yes).verdict, Verdict::warn);
  EXPECT_EQ(judge_rights(false, Answer::no).verdict, Verdict::not_asked);
}

TEST(CheckProtection, WarnsWhereDeletedObjectsAreGone) {
  EXPECT_EQ(judge_versioning(Answer::yes).verdict, Verdict::ok);
  EXPECT_EQ(judge_versioning(Answer::no).verdict, Verdict::warn);
  EXPECT_EQ(judge_object_lock(Answer::yes).verdict, Verdict::ok);
  EXPECT_EQ(judge_object_lock(Answer::no).verdict, Verdict::warn);
}

TEST(CheckProtection, DoesNotTakeSilenceForProtection) {
  EXPECT_EQ(judge_versioning(Answer::unknown).verdict, Verdict::not_asked);
  EXPECT_EQ(judge_object_lock(Answer::unknown).verdict, Verdict::not_asked);
}

TEST(CheckClock, WarnsAfterFiveSecondsAndFailsAfterFiveMinutes) {
  EXPECT_EQ(judge_clock(seconds(-5)).verdict, Verdict::ok);
  EXPECT_EQ(judge_clock(seconds(6)).verdict, Verdict::warn);
  EXPECT_EQ(judge_clock(seconds(-300)).verdict, Verdict::warn);
  EXPECT_EQ(judge_clock(seconds(-301)).verdict, Verdict::fail);
  EXPECT_EQ(judge_clock(std::nullopt).verdict, Verdict::not_asked);
  EXPECT_THAT(judge_clock(seconds(-301)).text, HasSubstr("behind"));
  EXPECT_THAT(judge_clock(seconds(301)).text, HasSubstr("ahead of"));
}

}  // namespace
}  // namespace walden
