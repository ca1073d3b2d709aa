// `basebackup audit`: who did what to a cluster's archive, and that nobody changed the record of
// it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The primary and the host that restores have each a memory of their own.
class AuditScenario : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    give_to_server_user(states_.path());
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = true});
    cluster->restoring_host()["WALDEN_STATE_DIRECTORY"] = states_ / "restoring";
    cluster->restoring_host()["WALDEN_SIGNING_KEY_FILE"] = cluster->folder() / "signing.key";
  }

  [[nodiscard]] Command on_primary(const Arguments& arguments) const {
    return cluster->basebackup_on_primary(arguments);
  }
  std::string take_backup() const {
    const auto said = must_succeed(
        on_primary({"push", "--connection", cluster->primary().conninfo(), "--label", "nightly"}));
    return said.out.substr(7, said.out.find(" is complete") - 7);
  }
  [[nodiscard]] Outcome audit() const { return run(cluster->basebackup({"audit"})); }
  [[nodiscard]] json audited() const {
    return json::parse(run(cluster->basebackup({"audit", "--json"})).out);
  }
  static std::vector<std::string> story(const json& of) {
    std::vector<std::string> story;
    for (const auto& entry : of.at("entries")) {
      story.push_back(std::string(entry.at("command")) + " " + std::string(entry.at("outcome")));
    }
    return story;
  }
  [[nodiscard]] fs::path primary_file() const {
    return cluster->folder() / "state/orders/audit.jsonl";
  }
  [[nodiscard]] std::vector<std::string> objects() const {
    std::vector<std::string> names;
    for (const auto& name : cluster->store().names()) {
      if (name.starts_with("orders/audit/")) names.push_back(name);
    }
    return names;
  }

  TemporaryDirectory states_;
  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(AuditScenario, TellsWhoTookAndWhoRestoredABackup) {
  const auto id = take_backup();
  must_succeed(cluster->basebackup({"list"}));
  must_succeed(cluster->restore_command(cluster->folder() / "copy", {"--target-immediate"}));

  const auto outcome = audit();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(id + " --connection"));
  EXPECT_THAT(outcome.out, HasSubstr("--label nightly"));
  EXPECT_THAT(outcome.out, HasSubstr("--target-immediate"));
  EXPECT_THAT(outcome.out, HasSubstr("secret.key"));

  const json all = audited();
  EXPECT_TRUE(all.at("good"));
  EXPECT_THAT(story(all),
              ElementsAre("init done", "push done", "list done", "restore begun", "restore done"));
  const json& push = all.at("entries").at(1);
  EXPECT_EQ(push.at("subject"), id);
  EXPECT_TRUE(push.at("in_store"));
  EXPECT_TRUE(push.at("signer").is_string());
  EXPECT_FALSE(all.at("entries").at(2).at("in_store")) << "a look is in this host's file alone";
}

TEST_F(AuditScenario, HasNoPasswordInIt) {
  auto command =
      on_primary({"push", "--connection", cluster->primary().conninfo() + " password=open-sesame"});
  must_succeed(command);
  for (const auto& name : objects()) {
    EXPECT_THAT(cluster->store().content(name), Not(HasSubstr("open-sesame"))) << name;
  }
  EXPECT_THAT(read_text(primary_file()), Not(HasSubstr("open-sesame")));
  EXPECT_THAT(read_text(primary_file()), HasSubstr("(left out)"));
}

TEST_F(AuditScenario, NamesAnObjectThatSomebodyRemoved) {
  take_backup();
  take_backup();
  const auto names = objects();
  ASSERT_GE(names.size(), 3U);
  cluster->store().remove(names.at(1));
  const auto outcome = audit();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("WRONG  an entry is missing from the store before "));
}

TEST_F(AuditScenario, NamesALineThatSomebodyEdited) {
  take_backup();
  take_backup();
  std::string text = read_text(primary_file());
  const auto at = text.find("nightly");
  ASSERT_NE(at, std::string::npos);
  std::ofstream(primary_file()) << text.replace(at, 7, "monthly");
  const auto outcome = run(on_primary({"audit"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("audit.jsonl:3 does not follow the line before it"));
}

TEST_F(AuditScenario, NamesAnEntryThatNobodySigned) {
  const std::string settings = read_text(cluster->folder() / "primary.toml");
  std::string without = settings;
  const auto begin = without.find("signing_key_file");
  without.erase(begin, without.find('\n', begin) - begin);
  std::ofstream(cluster->folder() / "primary.toml") << without;
  take_backup();
  const auto outcome = audit();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr(" is not signed"));
}

// At 3 AM the restore matters; what is lacking is said.
TEST_F(AuditScenario, ThatCannotBeWrittenStopsNoBackup) {
  auto command = on_primary({"push", "--connection", cluster->primary().conninfo()});
  command.environment["WALDEN_STATE_DIRECTORY"] = "/proc/nowhere";
  const auto outcome = must_succeed(command);
  EXPECT_THAT(outcome.err, HasSubstr("basebackup: NOT in the audit trail: this push: "));
}

// Nothing is deleted unseen.
TEST_F(AuditScenario, ThatCannotBeWrittenStopsExpire) {
  const auto older = take_backup();
  take_backup();
  cluster->primary().archive_current_segment();
  std::ofstream(cluster->folder() / "primary.toml", std::ios::app)
      << "keep = { daily = 1 }\nminimum_backups = 1\n";
  auto blind = on_primary({"expire", "--confirm"});
  blind.environment["WALDEN_STATE_DIRECTORY"] = "/proc/nowhere";
  const auto refused = run(blind);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the audit trail cannot be written"));
  EXPECT_TRUE(cluster->store().exists(cluster->backup_object(older, "manifest")));

  must_succeed(on_primary({"expire", "--confirm"}));
  EXPECT_FALSE(cluster->store().exists(cluster->backup_object(older, "manifest")));
  EXPECT_EQ(audit().exit_code, 0);
  EXPECT_THAT(story(audited()),
              ElementsAre("init done", "push done", "push done", "expire begun", "expire done"));
}

TEST_F(AuditScenario, HasNothingOfARestoreThatWasRefused) {
  take_backup();
  const auto before = objects();
  const fs::path occupied = cluster->new_folder("occupied");
  std::ofstream(occupied / "file").flush();
  EXPECT_NE(run(cluster->restore_command(occupied)).exit_code, 0);
  EXPECT_EQ(objects(), before);
  EXPECT_THAT(story(audited()), ElementsAre("init done", "push done"));
}

}  // namespace
}  // namespace walden::testing
