// Recovery while something fails: the server waits or stops with the cause in its log, and never
// opens with fewer rows than were acknowledged. When the failure is over, every row is there.
#include <gmock/gmock.h>

#include "tests/matrix/matrix_table.h"
#include "tests/matrix/recovering_host.h"

namespace walden::testing {
namespace {

using ::testing::AnyOfArray;
using ::testing::HasSubstr;

constexpr const char* kAsksAgain = "The standby asks again";

class OutageMatrix : public ::testing::TestWithParam<OutageCase> {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    const Outage outage = GetParam().outage;
    if (outage == Outage::dns_fails || outage == Outage::disk_full) {
      if (const auto missing = private_mounts_are_missing()) GTEST_SKIP() << *missing;
    }
    if (GetParam().on_s3) WALDEN_SKIP_WITHOUT_S3();
    host = std::make_unique<RecoveringHost>(GetParam());
    host->server().begin();
  }

  void TearDown() override {
    if (!host) return;
    note_in_table({"outage", std::string(word(GetParam().outage)),
                   std::string(word(GetParam().place)), std::string(word(GetParam().recovery)),
                   GetParam().on_s3 ? "real" : "fake", prepared_archive().server_version, meanwhile,
                   afterwards, host->first_complaint(), HasFailure() ? "FAILED" : "held"});
  }

  void expect_cause_in_log() const {
    std::vector<::testing::Matcher<std::string>> named;
    for (const auto& cause : causes(GetParam().outage)) named.emplace_back(HasSubstr(cause));
    EXPECT_THAT(host->server().log(), AnyOfArray(named));
  }

  void expect_every_row(const std::string& note) {
    host->server().wait_until_open();
    EXPECT_EQ(host->rows(), host->expected_rows());
    afterwards = note + "every row";
  }
  // And goes on from there when it is promoted.
  void expect_standby_to_catch_up(const std::string& note) {
    auto& server = host->server();
    EXPECT_TRUE(eventually([&] {
      return !server.running() ||
             (server.accepts_connections() && host->rows() == host->expected_rows());
    })) << server.log();
    ASSERT_TRUE(server.running()) << server.log();
    server.promote();
    expect_every_row(note);
  }
  void expect_recovery_to_complete(const std::string& note) {
    if (is_standby()) return expect_standby_to_catch_up(note);
    expect_every_row(note);
  }

  void expect_stop_and_then_every_row() {
    auto& server = host->server();
    ASSERT_TRUE(eventually([&] { return !server.running() || host->is_open(); })) << server.log();
    ASSERT_TRUE(host->outage_has_begun()) << server.log();
    ASSERT_FALSE(host->is_open()) << "opened during the outage with " << host->rows();
    EXPECT_NE(server.wait_until_ended(), 0);
    EXPECT_THAT(server.log(), HasSubstr("FATAL"));
    expect_cause_in_log();
    meanwhile = "stopped, FATAL";
    host->lift_outage();
    server.start();
    expect_recovery_to_complete("started again: ");
  }

  void expect_standby_to_go_on_trying() {
    auto& server = host->server();
    ASSERT_TRUE(eventually([&] {
      return !server.running() || host->is_open() || host->said(kAsksAgain) >= 2;
    })) << server.log();
    ASSERT_TRUE(server.running()) << server.log();
    ASSERT_FALSE(host->is_open()) << server.log();
    ASSERT_TRUE(host->outage_has_begun());
    expect_cause_in_log();
    meanwhile = "up, asking again";
    if (GetParam().recovery == Recovery::standby_promoted_meanwhile) {
      return expect_promotion_during_outage();
    }
    host->lift_outage();
    expect_standby_to_catch_up("caught up: ");
  }

  // A decision for what is there and against what cannot be seen: docs/exit-codes.md.
  void expect_promotion_during_outage() {
    auto& server = host->server();
    ASSERT_TRUE(eventually([&] { return server.accepts_connections(); })) << server.log();
    const std::string rows = host->rows();
    server.promote();
    EXPECT_EQ(host->rows(), rows);
    server.sql("insert into rows values (0, 'after', md5('after'))");
    afterwards = "promoted with " + rows + " of " + host->expected_rows();
  }

  // Nothing of it is seen but the server's own words.
  void expect_no_stop() {
    auto& server = host->server();
    ASSERT_TRUE(eventually([&] { return !server.running() || server.accepts_connections(); }));
    ASSERT_TRUE(server.running()) << server.log();
    meanwhile = "went on";
    expect_recovery_to_complete("without a stop: ");
    EXPECT_TRUE(host->outage_has_begun());
  }

  [[nodiscard]] static bool is_standby() {
    return GetParam().recovery == Recovery::standby ||
           GetParam().recovery == Recovery::standby_promoted_meanwhile;
  }

  std::unique_ptr<RecoveringHost> host;
  std::string meanwhile;
  std::string afterwards;
};

TEST_P(OutageMatrix, LosesNoRow) {
  if (is_bridged(GetParam().outage)) {
    expect_no_stop();
  } else if (is_standby() && GetParam().outage != Outage::front_end_killed) {
    expect_standby_to_go_on_trying();
  } else {
    // PostgreSQL itself stops, a standby too, when its restore_command dies of a signal.
    expect_stop_and_then_every_row();
  }
}

std::string test_name(const ::testing::TestParamInfo<OutageCase>& info) {
  return name_of(info.param);
}

INSTANTIATE_TEST_SUITE_P(Some, OutageMatrix, ::testing::ValuesIn(representative_cases()),
                         test_name);
INSTANTIATE_TEST_SUITE_P(SomeOnS3, OutageMatrix, ::testing::ValuesIn(representative_cases_on_s3()),
                         test_name);
INSTANTIATE_TEST_SUITE_P(All, OutageMatrix, ::testing::ValuesIn(other_cases()), test_name);
INSTANTIATE_TEST_SUITE_P(AllOnS3, OutageMatrix, ::testing::ValuesIn(other_cases_on_s3()),
                         test_name);

}  // namespace
}  // namespace walden::testing
