// `basebackup status`: each state of a real cluster, with its exit code; and who is told.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/fake_http_server.h"
#include "tests/support/mail_server.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr int kOk = 0;
constexpr int kWarning = 1;
constexpr int kCritical = 2;
constexpr int kUnknown = 3;

class Status : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }

  void set_up(bool sealed = false) {
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = sealed});
  }
  // The policy stands in the primary's configuration, behind its settings.
  void add_policy(const std::string& lines) const {
    std::ofstream(cluster->folder() / "primary.toml", std::ios::app) << lines;
  }
  [[nodiscard]] Outcome status(Arguments arguments = {}) const {
    arguments.insert(arguments.begin(), "status");
    return run(cluster->basebackup_on_primary(arguments));
  }
  void expect_status(int exit_code, const std::string& first_line,
                     const Arguments& arguments = {}) const {
    const Outcome outcome = status(arguments);
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out.substr(0, outcome.out.find('\n')), HasSubstr(first_line));
  }
  [[nodiscard]] std::string connection() const { return cluster->primary().conninfo(); }
  // "warning" for "drill"; "none" without such a judgement.
  [[nodiscard]] std::string severity(const std::string& name, Arguments arguments = {}) const {
    arguments.insert(arguments.begin(), "--json");
    const auto said = json::parse(status(arguments).out);
    for (const auto& one : said.at("clusters").at(0).at("judgements")) {
      if (one.at("name") == name) return one.at("severity");
    }
    return "none";
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(Status, OfAClusterWithoutABackupIsCritical) {
  set_up();
  expect_status(kCritical, "CRITICAL orders: the archive was set up, and there is no backup");
}

TEST_F(Status, OfAClusterInOrderIsGood) {
  set_up();
  add_policy("[objectives]\nrpo = \"1h\"\n");
  cluster->take_backup();
  commit(cluster->primary(), "one");
  cluster->primary().archive_current_segment();
  expect_status(kOk, "OK orders: newest backup");
  expect_status(kOk, "OK orders: newest backup", {"--connection", connection()});
}

TEST_F(Status, OfOldWalIsCriticalUnlessTheServerIsIdle) {
  set_up();
  add_policy("[objectives]\nrpo = \"1s\"\n");
  cluster->take_backup();
  const auto segment = cluster->primary().archive_current_segment();
  ASSERT_TRUE(eventually([&] { return severity("wal") == "critical"; }));
  expect_status(kCritical, "whether the server is idle was not asked");
  EXPECT_EQ(severity("wal", {"--connection", connection()}), "critical");  // no archive_timeout
  cluster->primary().set("archive_timeout", "1s");
  cluster->primary().reload();
  EXPECT_TRUE(eventually([&] {
    return severity("wal", {"--connection", connection()}) == "ok";
  })) << status({"--connection", connection()}).out;
}

TEST_F(Status, OfAGapIsCriticalUntilABackupFollows) {
  set_up();
  cluster->take_backup();
  commit(cluster->primary(), "one");
  const auto hole = cluster->primary().archive_current_segment();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  cluster->store().remove(cluster->segment_object(hole));
  expect_status(kCritical, "1 segment is missing: " + hole);
  cluster->take_backup();
  expect_status(kWarning, "1 segment is missing: " + hole);
}

TEST_F(Status, OfAnArchiverThatFailsIsCriticalWhereTheServerIsAsked) {
  set_up();
  cluster->take_backup();
  EXPECT_EQ(severity("archiver", {"--connection", connection()}), "ok");
  cluster->primary().set("archive_command", "false");
  cluster->primary().reload();
  commit(cluster->primary(), "one");
  cluster->primary().switch_wal();
  EXPECT_TRUE(eventually([&] {
    return severity("archiver", {"--connection", connection()}) == "critical";
  }));
  EXPECT_EQ(severity("archiver"), "none");
}

TEST_F(Status, OfAStoreThatIsAwayIsCritical) {
  WALDEN_SKIP_IN_A_BUCKET();
  set_up();
  cluster->take_backup();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  expect_status(kCritical, "CRITICAL orders: ");
  EXPECT_EQ(severity("store"), "critical");
  fs::rename(cluster->folder() / "away", cluster->store_directory());
}

TEST_F(Status, OfAServerThatDoesNotAnswerIsUnknown) {
  set_up();
  cluster->take_backup();
  expect_status(kUnknown, "UNKNOWN orders: ", {"--connection", "host=/nowhere"});
}

TEST_F(Status, OfAMisspeltPolicyIsUnknown) {
  set_up();
  add_policy("[objectives]\nrpoo = \"1h\"\n");
  expect_status(kUnknown, "UNKNOWN ");
  const Outcome misspelt = run(cluster->basebackup_on_primary({"status", "--jsson"}));
  EXPECT_EQ(misspelt.exit_code, kUnknown);
}

// The primary has no key that opens what it writes: outlines and names tell it.
TEST_F(Status, OfSealedBackupsIsToldWithoutAKey) {
  set_up(/*sealed=*/true);
  cluster->take_backup();
  commit(cluster->primary(), "one");
  const auto hole = cluster->primary().archive_current_segment();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  expect_status(kOk, "OK orders: newest backup");
  EXPECT_EQ(severity("gaps"), "ok");
  cluster->store().remove(cluster->segment_object(hole));
  expect_status(kCritical, "1 segment is missing: " + hole);
}

TEST_F(Status, SaysWhatTheLastVerifyFound) {
  set_up();
  const auto id = cluster->take_backup();
  must_succeed(cluster->basebackup({"verify"}));
  EXPECT_THAT(status().out, HasSubstr(id + " verified "));
  EXPECT_EQ(severity("verify"), "ok");
  cluster->store().flip_a_bit(cluster->backup_object(id, "pack-0001"));
  EXPECT_TRUE(eventually([&] {  // two in one second are one
    EXPECT_EQ(run(cluster->basebackup({"verify"})).exit_code, 1);
    return severity("verify") == "critical";
  }));
}

TEST_F(Status, SaysWhatExpireWouldDo) {
  set_up();
  add_policy("minimum_backups = 1\nkeep = { daily = 1 }\n");
  cluster->take_backup();
  cluster->take_backup();
  const auto said = json::parse(status({"--json"}).out);
  EXPECT_EQ(said.at("clusters").at(0).at("expire").at("backups"), 1);
  EXPECT_THAT(status().out, HasSubstr("basebackup expire would delete 1 backup"));
}

TEST_F(Status, OfAllClustersNamesEachThatIsSetUp) {
  set_up();
  cluster->take_backup();
  PostgresServer other({.own_identity = true});
  must_succeed(
      cluster->basebackup_on_primary({"init", "--cluster", "shop", "--pgdata", other.pgdata()}));
  const Outcome outcome = status({"--all", "--json"});
  EXPECT_EQ(outcome.exit_code, kCritical);
  const auto said = json::parse(outcome.out);
  ASSERT_EQ(said.at("clusters").size(), 2U);
  EXPECT_EQ(said.at("clusters").at(0).at("cluster"), "orders");
  EXPECT_EQ(said.at("clusters").at(0).at("severity"), "ok");
  EXPECT_EQ(said.at("clusters").at(1).at("cluster"), "shop");
  EXPECT_EQ(said.at("clusters").at(1).at("severity"), "critical");
  expect_status(kCritical, "CRITICAL 1 of 2 clusters: shop CRITICAL", {"--all"});
}

TEST_F(Status, WritesMetricsAndAPage) {
  set_up();
  cluster->take_backup();
  const fs::path folder = cluster->new_folder("out");
  expect_status(kOk, "OK ",
                {"--openmetrics", folder / "walden.prom", "--html", folder / "status.html"});
  const std::string metrics = read_text(folder / "walden.prom");
  EXPECT_THAT(metrics, HasSubstr("walden_up{cluster=\"orders\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("walden_judgement_severity{cluster=\"orders\",name=\"wal\"} 0\n"));
  EXPECT_THAT(read_text(folder / "status.html"), HasSubstr("<svg"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2);
}

// Breaks things, and reads the mail.
class StatusAlert : public Status {
 protected:
  void SetUp() override {
    Status::SetUp();
    if (IsSkipped()) return;
    WALDEN_SKIP_WITHOUT_MAIL_SERVER();
    WALDEN_SKIP_IN_A_BUCKET();
    set_up();
    mail = std::make_unique<MailServer>();
    const fs::path password = cluster->folder() / "mail.password";
    write_text(password, mail->password() + "\n");
    fs::permissions(password, fs::perms(0600));
    give_to_server_user(password);
    std::ofstream(cluster->folder() / "primary.toml", std::ios::app)
        << "[alert]\n"
        << settings_of_time() << "mail_server = \"" << mail->starttls()
        << "\"\nmail_from = \"walden@acme.example\"\nmail_to = [\"dba@acme.example\"]\n"
        << "mail_user = \"" << mail->user() << "\"\nmail_password_file = \"" << password.string()
        << "\"\nmail_ca_file = \"" << mail->certificate() << "\"\nwebhook = \"" << http.url()
        << "/hook\"\nheartbeat = \"" << http.url() << "/alive\"\n";
  }
  [[nodiscard]] virtual std::string settings_of_time() const { return "after = \"1s\"\n"; }
  void round(int exit_code) {
    const Outcome outcome = status({"--alert"});
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err, "");
  }
  [[nodiscard]] std::vector<std::string> subjects() const {
    std::vector<std::string> all;
    for (const Mail& one : mail->mails()) all.push_back(one.header("Subject").substr(9));
    return all;
  }
  // "begun store", in the order of arrival.
  [[nodiscard]] std::vector<std::string> hooks() const {
    std::vector<std::string> all;
    for (const auto& request : http.requests()) {
      if (request.target != "/hook") continue;
      const auto said = json::parse(request.body);
      all.push_back(said.at("occasion").get<std::string>() + " " +
                    said.at("name").get<std::string>());
    }
    return all;
  }
  [[nodiscard]] std::ptrdiff_t heartbeats() const {
    const auto all = http.requests();
    return std::ranges::count(all, std::string("/alive"), &FakeRequest::target);
  }

  std::unique_ptr<MailServer> mail;
  FakeHttpServer http{[](const FakeRequest&) { return FakeAnswer{}; }};
};

TEST_F(StatusAlert, TellsOncePerIncidentAndOnceAtItsEnd) {
  round(kCritical);  // no backup, and no WAL
  round(kCritical);
  EXPECT_EQ(heartbeats(), 0);
  cluster->take_backup();
  round(kOk);
  round(kOk);
  EXPECT_EQ(heartbeats(), 2);

  // The store goes away: status is told of it, and so is wal-push, which the server asks.
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  round(kCritical);
  round(kCritical);
  commit(cluster->primary(), "one");
  cluster->primary().switch_wal();
  EXPECT_TRUE(eventually([&] { return std::ranges::count(hooks(), "begun push") == 1; },
                         std::chrono::seconds(100)));
  fs::rename(cluster->folder() / "away", cluster->store_directory());
  round(kOk);
  commit(cluster->primary(), "two");
  cluster->primary().switch_wal();  // wakes the archiver, which has given up for a minute
  EXPECT_TRUE(eventually([&] { return std::ranges::count(hooks(), "over push") == 1; },
                         std::chrono::seconds(100)));
  round(kOk);

  EXPECT_THAT(hooks(), ::testing::UnorderedElementsAre("begun backup", "over backup", "begun wal",
                                                       "over wal", "begun store", "over store",
                                                       "begun push", "over push"));
  const auto mails = subjects();
  EXPECT_EQ(mails.size(), 8U);
  EXPECT_THAT(mails, ::testing::Contains(HasSubstr("CRITICAL orders backup: the archive was set")));
  EXPECT_THAT(mails, ::testing::Contains(HasSubstr("OVER orders backup")));
  EXPECT_THAT(mails, ::testing::Contains(HasSubstr("CRITICAL orders push: wal-push cannot store")));
  EXPECT_THAT(mails, ::testing::Contains(HasSubstr("OVER orders push")));
}

// What a timer starts and nobody watches. By the newest backup's age it would be heard of a day
// later.
TEST_F(StatusAlert, TellsOfARunThatFailedAndOfTheNextThatDidNot) {
  const auto push = [&](const std::string& conninfo) {
    return run(cluster->basebackup_on_primary({"push", "--connection", conninfo})).exit_code;
  };
  const std::string nowhere = "host=" + cluster->new_folder("nowhere").string();
  EXPECT_EQ(push(nowhere), 1);
  EXPECT_EQ(push(nowhere), 1);
  EXPECT_THAT(hooks(), ::testing::ElementsAre("begun push run"));
  EXPECT_EQ(push(connection()), 0);
  EXPECT_EQ(push(connection()), 0);
  EXPECT_THAT(hooks(), ::testing::ElementsAre("begun push run", "over push run"));
  EXPECT_THAT(subjects(), ::testing::Contains(HasSubstr(
                              "CRITICAL orders push run: basebackup push failed: cannot connect")));
  // systemd has seen what the run could not tell itself.
  EXPECT_EQ(status({"--alert", "--killed", "push"}).exit_code, kOk);
  EXPECT_THAT(hooks(), ::testing::Contains("begun push run").Times(2));
  EXPECT_EQ(push(connection()), 0);
  EXPECT_THAT(hooks(), ::testing::Contains("over push run").Times(2));
}

TEST_F(StatusAlert, SaysThatAChannelFailedAndTellsTheOthers) {
  write_text(cluster->folder() / "mail.password", "wrong\n");
  const Outcome outcome = status({"--alert"});
  EXPECT_EQ(outcome.exit_code, kCritical);
  EXPECT_THAT(outcome.err, HasSubstr("cannot send mail by"));
  EXPECT_THAT(hooks(), ::testing::UnorderedElementsAre("begun backup", "begun wal"));
  cluster->take_backup();
  write_text(cluster->folder() / "mail.password", mail->password() + "\n");
  round(kOk);
  EXPECT_TRUE(subjects().empty());  // the incident began and ended while the login was wrong
}

// With the settings as they come, and a timer of a minute.
class StatusAlertInRealTime : public StatusAlert {
 protected:
  [[nodiscard]] std::string settings_of_time() const override { return ""; }
  // As the timer would call it, until the mails say both; false when five minutes are over.
  [[nodiscard]] bool told_within_five_minutes(const std::string& one, const std::string& other) {
    const auto begun = std::chrono::steady_clock::now();
    const auto told = [&] {
      const auto all = subjects();
      const auto has = [&](const std::string& text) {
        return std::ranges::any_of(all,
                                   [&](const auto& subject) { return subject.contains(text); });
      };
      return has(one) && has(other);
    };
    for (int minute = 1; minute <= 5; ++minute) {
      const auto next = begun + std::chrono::minutes(minute);
      if (eventually(told, std::chrono::duration_cast<std::chrono::milliseconds>(
                               next - std::chrono::steady_clock::now()))) {
        return true;
      }
      (void)status({"--alert"});
    }
    return false;
  }
};

TEST_F(StatusAlertInRealTime, AFailureIsInTheMailWithinFiveMinutes) {
  cluster->take_backup();
  (void)status({"--alert"});
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  commit(cluster->primary(), "one");
  cluster->primary().switch_wal();
  EXPECT_TRUE(told_within_five_minutes("CRITICAL orders store", "CRITICAL orders push:"));
  fs::rename(cluster->folder() / "away", cluster->store_directory());
  EXPECT_TRUE(told_within_five_minutes("OVER orders store", "OVER orders push:"));
}

TEST_F(StatusAlert, WithNobodyToTellIsRefused) {
  Command command = cluster->basebackup({"status", "--alert"});
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, kUnknown);
  EXPECT_THAT(outcome.err, HasSubstr("nobody to tell"));
}

}  // namespace
}  // namespace walden::testing
