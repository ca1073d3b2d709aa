// `basebackup expire`, `keep` and `unkeep` on an archive of a real server.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/program/human.h"
#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Objects' times are whole seconds.
void next_second() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
}

// The host that expires has no secret key; it trusts the primary's signatures.
class Expire : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = true});
  }

  void set_policy(const std::string& policy) const {
    std::ofstream(cluster->folder() / "expire.toml") << policy << "\n";
  }

  Command command(const Arguments& arguments) const {
    Arguments all = arguments;
    all.insert(all.end(), {"--config", cluster->folder() / "expire.toml"});
    Command command = cluster->basebackup(all);
    command.environment["WALDEN_KEY_FILE"] = "";
    return command;
  }

  json planned(const Arguments& more = {}) const {
    Arguments arguments = {"expire", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json::parse(must_succeed(command(arguments)).out);
  }

  std::string archived(const std::string& row) const {
    const Moment moment = commit(cluster->primary(), row);
    cluster->primary().archive_current_segment();
    return moment.time;
  }

  std::vector<std::string> listed() const {
    const auto list = json::parse(must_succeed(cluster->basebackup({"list", "--json"})).out);
    std::vector<std::string> ids;
    for (const auto& backup : list.at("backups")) ids.push_back(backup.at("id"));
    return ids;
  }

  std::string rows_at(const Arguments& target) const {
    Arguments arguments = target;
    arguments.insert(arguments.end(), {"--target-action", "promote"});
    const auto server = cluster->restored(arguments);
    server->wait_until_open();
    return rows(*server);
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(Expire, LeavesBothEndsOfTheWindowAndWhatIsKeptLonger) {
  commit(cluster->primary(), "old");
  const auto monthly = cluster->take_backup();
  archived("between");
  next_second();
  const auto goes = cluster->take_backup();
  archived("more");
  next_second();
  const auto begins = cluster->take_backup();
  next_second();
  const auto at_begin = archived("begin");
  archived("later");
  const auto at_end = archived("end");
  next_second();
  archived("after");

  // A window that reaches back to just behind the third backup.
  set_policy("recovery_window = \"1s\"\nminimum_backups = 1");
  const auto seconds = [](const std::string& time) {
    return parse_time(time.substr(0, 19) + "Z")->time.microseconds / 1'000'000;
  };
  const std::int64_t window = seconds(planned().at("as_of")) - seconds(at_begin);
  set_policy("recovery_window = \"" + std::to_string(window) + "s\"\nminimum_backups = 1");
  EXPECT_THAT(must_succeed(cluster->basebackup_on_primary(
                               {"keep", monthly, "--forever", "--reason", "audit 2026"}))
                  .out,
              HasSubstr(monthly));

  const auto before = cluster->store().objects();
  const auto text = must_succeed(command({"expire"})).out;
  EXPECT_EQ(cluster->store().objects(), before);
  EXPECT_THAT(text, HasSubstr("stays: kept: audit 2026"));
  EXPECT_THAT(text, HasSubstr("Nothing was changed. To delete what goes:\n  basebackup expire"));

  const auto done = must_succeed(command({"expire", "--confirm"}));
  EXPECT_THAT(done.out, HasSubstr("Deleted "));
  EXPECT_THAT(listed(), ElementsAre(monthly, begins));
  EXPECT_TRUE(planned().at("deleted").is_null());
  EXPECT_THAT(must_succeed(command({"expire"})).out, HasSubstr("Nothing goes."));

  const auto shown =
      must_succeed(command({"list", "--key-file", cluster->folder() / "secret.key"}));
  EXPECT_THAT(shown.out, HasSubstr("And to the moment at which an older backup ended."));
  EXPECT_THAT(shown.out, Not(HasSubstr("missing")));

  EXPECT_EQ(rows_at({"--backup", monthly, "--target-immediate"}), "old");
  EXPECT_EQ(rows_at({"--target-time", at_begin}), "old between more begin");
  EXPECT_EQ(rows_at({"--target-time", at_end}), "old between more begin later end");
  EXPECT_NE(
      run(cluster->restore_command(cluster->new_folder("none"), {"--backup", goes})).exit_code, 0);
  const auto verified = must_succeed(cluster->basebackup({"verify", "--backup", begins}));
  EXPECT_THAT(verified.out, HasSubstr("every byte is as it was written"));
}

TEST_F(Expire, KeptBackupsGoWhenTheyAreReleased) {
  const auto first = cluster->take_backup();
  archived("one");
  next_second();
  const auto second = cluster->take_backup();
  archived("two");
  set_policy("keep = { daily = 1 }\nminimum_backups = 1");
  const auto keep = [&](const Arguments& arguments) {
    return must_succeed(cluster->basebackup_on_primary(arguments));
  };
  keep({"keep", first, "--until", "2999-01-01"});
  EXPECT_THAT(must_succeed(command({"expire"})).out, HasSubstr("stays: kept until 2999-01-01"));
  EXPECT_THAT(must_succeed(cluster->basebackup({"list"})).out, HasSubstr("kept until 2999-01-01"));
  keep({"unkeep", first});
  must_succeed(command({"expire", "--confirm"}));
  EXPECT_THAT(listed(), ElementsAre(second));
}

// A person reads the plan while another one says what must stay.
TEST_F(Expire, SparesABackupThatIsKeptBeforeTheNameIsTyped) {
  const auto first = cluster->take_backup();
  archived("one");
  next_second();
  const auto second = cluster->take_backup();
  archived("two");
  set_policy("keep = { daily = 1 }\nminimum_backups = 1");
  const Command expire = command({"expire", "--confirm"});
  std::string line;
  for (const auto& word : expire.argv) line += " '" + word + "'";
  const std::string name_wanted = cluster->folder() / "name-wanted";
  Command typing = expire;  // script(1) gives it a terminal
  typing.argv = {"/bin/sh",
                 "-c",
                 "(while [ ! -e \"$1\" ]; do sleep 0.1; done; echo \"$2\"; sleep 5) |"
                 " script -qec \"$0\" /dev/null",
                 line,
                 name_wanted,
                 "orders"};
  RunningProcess process(typing);
  while (process.out_so_far().find("Type the cluster") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  must_succeed(cluster->basebackup_on_primary({"keep", first, "--forever"}));
  std::ofstream(name_wanted) << "now";
  const auto outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(first + " stays by now: kept"));
  EXPECT_THAT(listed(), ElementsAre(first, second));
}

// All that was stored before the newest segment is a year older than it, as for a host whose clock
// was set forward.
TEST_F(Expire, RefusesToDeleteByATimeThatHasLeaptAhead) {
  WALDEN_SKIP_IN_A_BUCKET();
  std::vector<std::string> backups;
  for (const char* row : {"one", "two", "three"}) {
    backups.push_back(cluster->take_backup());
    archived(row);
    next_second();
  }
  for (const auto& object :
       std::filesystem::recursive_directory_iterator(cluster->store_directory())) {
    std::filesystem::last_write_time(object, object.last_write_time() - std::chrono::years(1));
  }
  archived("after");
  set_policy("recovery_window = \"7d\"\nminimum_backups = 1");
  const auto before = cluster->store().objects();
  const auto refused = run(command({"expire", "--confirm"}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("nothing was deleted"));
  EXPECT_THAT(refused.err, HasSubstr("date -u"));
  EXPECT_EQ(cluster->store().objects(), before);
  EXPECT_FALSE(planned().at("time_in_doubt").is_null());
  must_succeed(command({"expire", "--confirm", "--accept-time"}));
  const auto oldest = cluster->segment_object("000000010000000000000001");
  EXPECT_THAT(before, Contains(HasSubstr(oldest)));
  EXPECT_THAT(cluster->store().objects(), Not(Contains(HasSubstr(oldest))));
  EXPECT_EQ(listed(), backups);  // ended a moment ago by the server's clock
}

TEST_F(Expire, RefusesWithoutAPolicyAndWithoutADate) {
  const auto backup = cluster->take_backup();
  set_policy("");
  const auto outcome = run(command({"expire", "--confirm"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no policy"));
  EXPECT_EQ(run(cluster->basebackup_on_primary({"keep", backup})).exit_code, 2);
  EXPECT_EQ(run(cluster->basebackup_on_primary({"keep", "none", "--forever"})).exit_code, 2);
  EXPECT_EQ(
      run(cluster->basebackup_on_primary({"keep", backup, "--until", "2001-01-01"})).exit_code, 2);
}

}  // namespace
}  // namespace walden::testing
