// What a server leaves out of its backup, and says so: nothing else tells before the restored copy
// does not start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LeftOut : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
  }
  // The newest one, as `list --json` has it.
  [[nodiscard]] json listed() const {
    const json list = json::parse(must_succeed(cluster->basebackup({"list", "--json"})).out);
    return list.at("backups").back();
  }
  [[nodiscard]] std::string said(const Arguments& arguments) const {
    return must_succeed(cluster->basebackup(arguments)).out;
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(LeftOut, IsToldByPushListShowAndThePlanOfARestore) {
  const auto configuration = cluster->primary().pgdata() / "pg_hba.conf";
  const auto elsewhere = cluster->new_folder("etc") / "pg_hba.conf";
  fs::rename(configuration, elsewhere);
  fs::create_symlink(elsewhere, configuration);
  const auto pushed = must_succeed(
      cluster->basebackup_on_primary({"push", "--connection", cluster->primary().conninfo()}));
  EXPECT_THAT(pushed.err, HasSubstr("the server warned: skipping special file"));
  EXPECT_THAT(pushed.err, HasSubstr("pg_hba.conf"));

  EXPECT_THAT(listed().at("warnings"), ElementsAre(HasSubstr("pg_hba.conf")));
  EXPECT_THAT(listed().at("checksum_failures"), IsEmpty());
  EXPECT_THAT(said({"list"}), HasSubstr("WARNING: the server warned"));
  EXPECT_THAT(said({"show"}), HasSubstr("pg_hba.conf"));
  EXPECT_THAT(said({"show", "--json"}), HasSubstr("pg_hba.conf"));
  const auto plan =
      must_succeed(cluster->restore_command(cluster->folder() / "planned", {"--plan"}));
  EXPECT_THAT(plan.out, HasSubstr("pg_hba.conf"));
}

TEST_F(LeftOut, IsNothingAsARule) {
  cluster->take_backup();
  EXPECT_THAT(listed().at("warnings"), IsEmpty());
  EXPECT_THAT(said({"list"}), Not(HasSubstr("WARNING")));
}

}  // namespace
}  // namespace walden::testing
