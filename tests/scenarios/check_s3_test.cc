// `basebackup check` of a bucket on a real S3 server: what each kind of credentials may do, and the
// policy that docs/s3.md gives to the writer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "common/archive/cluster_marker.h"
#include "tests/scenarios/checked.h"
#include "tests/support/s3_server.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNobody = "host=/nowhere/at/all";

// The first block of JSON on the page, for this bucket and the server's stranger.
std::string documented_writer_policy(const std::string& bucket) {
  std::ifstream file(WALDEN_SOURCE_DIR "/docs/s3.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const auto begin = page.find("```json\n") + 8;
  auto policy = nlohmann::json::parse(page.substr(begin, page.find("```", begin) - begin));
  for (auto& statement : policy.at("Statement")) {
    std::string resource = statement.at("Resource");
    const std::string example = "acme-pg-backups";
    statement["Resource"] = resource.replace(resource.find(example), example.size(), bucket);
    statement["Principal"] = {{"AWS", {s3_server().stranger_arn}}};
  }
  return policy.dump();
}

class CheckOnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    bucket.emplace();
    const ClusterMarker marker{"orders", 7438201938475610283, "2026-11-21T00:00:00Z"};
    bucket->must_send("PUT", "prod/orders/cluster.json", {}, marker.to_json());
  }

  [[nodiscard]] Outcome run_check(const S3Keys& keys, const std::string& store,
                                  const std::map<std::string, std::string>& more = {}) const {
    Command command{.argv = {program_for_server_user("basebackup"), "check", "--connection",
                             kNobody, "--json", "--cluster", "orders", "--store", store}};
    command.environment = s3_variables(s3_server().tls_endpoint, keys);
    command.environment.insert(more.begin(), more.end());
    return run(as_server_user(command));
  }
  [[nodiscard]] Checked check(const S3Keys& keys,
                              const std::map<std::string, std::string>& more = {}) const {
    return Checked(run_check(keys, bucket->url("prod"), more));
  }

  std::optional<S3Bucket> bucket;
};

TEST_F(CheckOnS3, WarnsTheOwnerOfWhatATheftWouldCost) {
  const auto checked = check(s3_server().owner);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"server"});
  for (const char* name : {"store", "marker", "create", "credentials", "clock"}) {
    EXPECT_EQ(checked.verdict(name), "ok") << name << ": " << checked.text(name);
  }
  EXPECT_THAT(checked.text("credentials"), HasSubstr("environment"));
  // Not every server heeds the condition there.
  EXPECT_THAT(checked.verdict("multipart"), ::testing::AnyOf("ok", "warn"));
  EXPECT_EQ(checked.verdict("rights"), "warn") << checked.text("rights");
  EXPECT_EQ(checked.verdict("versioning"), "warn") << checked.text("versioning");
  EXPECT_EQ(checked.verdict("object_lock"), "warn") << checked.text("object_lock");
}

TEST_F(CheckOnS3, NeverPrintsASecret) {
  const auto outcome = run_check(s3_server().owner, bucket->url("prod"));
  ASSERT_EQ(Checked(outcome).verdict("credentials"), "ok");
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(s3_server().owner.secret_key)));
}

TEST_F(CheckOnS3, SeesThatVersionsAreKept) {
  bucket->must_send("PUT", "", {{"versioning", ""}},
                    "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                    "<Status>Enabled</Status></VersioningConfiguration>");
  EXPECT_EQ(check(s3_server().owner).verdict("versioning"), "ok");
}

TEST_F(CheckOnS3, FindsNothingWrongWithTheDocumentedRightsOfAWriter) {
  if (s3_server().stranger_arn.empty()) GTEST_SKIP() << "this server has no second user";
  bucket->must_send("PUT", "", {{"policy", ""}}, documented_writer_policy(bucket->name()));
  const auto checked = check(s3_server().stranger);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"server"});
  EXPECT_EQ(checked.verdict("create"), "ok") << checked.text("create");
  EXPECT_EQ(checked.text("rights"), "may write and read; may not delete");
  EXPECT_EQ(checked.verdict("versioning"), "warn") << checked.text("versioning");
}

TEST_F(CheckOnS3, FailsWithCredentialsThatMayDoNothing) {
  const auto checked = check(s3_server().stranger);
  EXPECT_EQ(checked.verdict("store"), "fail") << checked.text("store");
  EXPECT_EQ(checked.verdict("marker"), "not_asked");
}

TEST_F(CheckOnS3, FailsWhereThereIsNoBucket) {
  const Checked checked(run_check(s3_server().owner, "s3://walden-is-not-here/prod"));
  EXPECT_EQ(checked.verdict("store"), "fail");
  EXPECT_THAT(checked.text("store"), HasSubstr("walden-is-not-here"));
}

TEST_F(CheckOnS3, FailsWithoutAMarker) {
  const Checked checked(run_check(s3_server().owner, bucket->url("production")));
  EXPECT_EQ(checked.verdict("store"), "ok") << checked.text("store");
  EXPECT_EQ(checked.verdict("marker"), "fail");
}

TEST_F(CheckOnS3, WarnsOfCheckingWhereTheServerWouldRefuse) {
  const auto checked = check(s3_server().owner, {{"WALDEN_S3_CREATE", "checked"}});
  EXPECT_EQ(checked.verdict("create"), "warn");
  EXPECT_THAT(checked.remedy("create"), HasSubstr("conditional"));
}

TEST_F(CheckOnS3, AnswersWithinItsDeadlineWhenNobodyListens) {
  const auto checked = check(s3_server().owner, {{"WALDEN_S3_ENDPOINT", "https://localhost:9"}});
  EXPECT_EQ(checked.verdict("store"), "fail");
  EXPECT_EQ(checked.verdict("marker"), "not_asked");
}

}  // namespace
}  // namespace walden::testing
