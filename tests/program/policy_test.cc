#include "common/program/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/program/settings_file.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class PolicyTest : public ::testing::Test {
 protected:
  Result<Policy> read(const std::string& text) {
    Configuration configuration;
    configuration.file = folder_ / "walden.toml";
    std::ofstream(*configuration.file) << "cluster = \"orders\"\n" << text;
    return read_policy(configuration);
  }
  void expect_refused(const std::string& text, const std::string& what) {
    const auto policy = read(text);
    ASSERT_FALSE(policy) << text;
    EXPECT_EQ(policy.error().kind, ErrorKind::configuration);
    EXPECT_THAT(policy.error().cause, HasSubstr(what));
  }

  testing::TemporaryDirectory folder_;
};

TEST_F(PolicyTest, WithoutAFileDeletesNothing) {
  const auto policy = read_policy(Configuration{});
  ASSERT_TRUE(policy);
  EXPECT_FALSE(policy->retention.configured);
}

TEST_F(PolicyTest, IsReadAsItIsWritten) {
  const auto policy = read(R"(
keep = { daily = 7, weekly = 4, monthly = 12, yearly = 7 }
recovery_window = "7d"
minimum_backups = 3
[objectives]
rpo = "15min"
rto = "1h"
[drill]
directory = "drill"
[[drill.check]]
database = "shop"
sql = "select count(*) > 0 from orders"
expect = "t"
[alert]
mail_server = "smtps://mail.acme.example"
mail_to = ["dba@acme.example"]
repeat = "1h"
)");
  ASSERT_TRUE(policy) << policy.error().cause;
  EXPECT_TRUE(policy->retention.configured);
  EXPECT_EQ(policy->retention.keep.monthly, 12U);
  EXPECT_EQ(policy->retention.recovery_window, 7 * 24h);
  EXPECT_EQ(policy->retention.minimum_backups, 3U);
  EXPECT_EQ(policy->objectives.rpo, 15min);
  EXPECT_EQ(policy->objectives.rto, 1h);
  EXPECT_EQ(policy->drill.directory, (folder_ / "drill").string());
  ASSERT_EQ(policy->drill.checks.size(), 1U);
  EXPECT_EQ(policy->drill.checks[0].name, "select count(*) > 0 from orders");
  EXPECT_EQ(policy->drill.checks[0].expect, "t");
  EXPECT_THAT(policy->alert.mail_to, ElementsAre("dba@acme.example"));
  EXPECT_EQ(policy->alert.repeat, 1h);
}

// A rule with a slip in it must not be a rule less.
TEST_F(PolicyTest, RefusesWhatItDoesNotKnow) {
  expect_refused("keep = { dayly = 7 }", "walden.toml:2: keep.dayly is not known");
  expect_refused("[objectives]\nrpo_ = \"1h\"", "objectives.rpo_ is not known");
  expect_refused("[alert]\nmail_too = []", "alert.mail_too is not known");
  expect_refused("[[drill.check]]\nsql = \"select 1\"\nexpect = \"1\"\nexpected = \"1\"",
                 "drill.check.expected is not known");
}

TEST_F(PolicyTest, RefusesValuesThatMakeNoSense) {
  expect_refused("keep = 7", "keep must be a table");
  expect_refused("keep = { daily = -1 }", "keep.daily must be a whole number");
  expect_refused("keep = { daily = \"7\" }", "keep.daily must be a whole number");
  expect_refused("recovery_window = \"a week\"", "recovery_window must be a duration");
  expect_refused("minimum_backups = 0", "minimum_backups must be at least 1");
  expect_refused("[[drill.check]]\nsql = \"select 1\"", "drill.check.expect is missing");
  expect_refused("[drill]\ncheck = 1", "must be written as [[drill.check]]");
  expect_refused("[alert]\nmail_to = [\"a@b\"]", "needs the other of mail_server and mail_to");
  expect_refused("[alert]\nmail_to = [1]", "must be a list of texts");
}

// Seven seconds, where seven days were meant, would delete all but the newest backups.
TEST_F(PolicyTest, RefusesDurationsWithoutAUnit) {
  for (const char* seven : {"7", "\"7\"", "\"7 \"", "7.5"}) {
    expect_refused(std::string("recovery_window = ") + seven,
                   "walden.toml:2: recovery_window must be a duration with its unit, such as "
                   "\"15min\" or \"7d\"");
  }
  expect_refused("[objectives]\nrpo = 15", "objectives.rpo must be a duration with its unit");
  expect_refused("[alert]\nafter = \"120\"", "alert.after must be a duration with its unit");
}

TEST_F(PolicyTest, RefusesRulesThatKeepNothing) {
  expect_refused("keep = {}", "keep keeps nothing: write { daily = 7 }, or leave it out");
  expect_refused("keep = { daily = 0 }\nrecovery_window = \"7d\"", "keep keeps nothing");
  expect_refused("recovery_window = \"0d\"", "recovery_window must be longer than nothing");
  EXPECT_TRUE(read("keep = { daily = 0, yearly = 1 }"));
}

TEST_F(PolicyTest, IsPassedOverByThoseWhoReadSettings) {
  ASSERT_TRUE(read("keep = { daily = 7 }\n[objectives]\nrpo = \"1h\"\n"));
  const auto values = read_settings_file(folder_ / "walden.toml");
  ASSERT_TRUE(values) << values.error().cause;
  EXPECT_EQ(values->size(), 1U);
}

}  // namespace
}  // namespace walden
