// `basebackup status --alert`: who is told of a real cluster, and when.
#include <algorithm>
#include <fstream>

#include "tests/scenarios/status_scenario.h"
#include "tests/support/fake_http_server.h"
#include "tests/support/mail_server.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

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
  EXPECT_EQ(status({"--alert", "--failed", "push"}).exit_code, kCritical);  // no backup
  EXPECT_THAT(hooks(), ::testing::Contains("begun push run").Times(1));
  EXPECT_EQ(push(connection()), 0);
  EXPECT_EQ(push(connection()), 0);
  EXPECT_THAT(hooks(), ::testing::Contains("over push run").Times(1));
  EXPECT_THAT(subjects(), ::testing::Contains(HasSubstr(
                              "CRITICAL orders push run: basebackup push failed: cannot connect")));
  // systemd has seen what the run could not tell itself.
  EXPECT_EQ(status({"--alert", "--killed", "push"}).exit_code, kOk);
  EXPECT_THAT(hooks(), ::testing::Contains("begun push run").Times(2));
  EXPECT_EQ(push(connection()), 0);
  EXPECT_THAT(hooks(), ::testing::Contains("over push run").Times(2));
}

TEST_F(StatusAlert, TellsNothingOfALookAtAPart) {
  const auto code = [&](const std::vector<std::string>& arguments) {
    return run(cluster->basebackup_on_primary(arguments)).exit_code;
  };
  EXPECT_EQ(code({"verify", "--wal", "0000000100000000000000FE"}), 1);
  EXPECT_THAT(hooks(), ::testing::IsEmpty());
  EXPECT_EQ(code({"verify"}), 1);  // no backup
  EXPECT_THAT(hooks(), ::testing::ElementsAre("begun verify run"));
}

TEST_F(StatusAlert, SaysThatAChannelFailedAndTellsTheOthers) {
  write_text(cluster->folder() / "mail.password", "wrong\n");
  const Outcome outcome = status({"--alert"});
  EXPECT_EQ(outcome.exit_code, kCritical);
  EXPECT_THAT(outcome.err, HasSubstr("cannot send mail to dba@acme.example by"));
  EXPECT_THAT(hooks(), ::testing::UnorderedElementsAre("begun backup", "begun wal"));
  cluster->take_backup();
  write_text(cluster->folder() / "mail.password", mail->password() + "\n");
  round(kOk);
  EXPECT_TRUE(subjects().empty());  // the incident began and ended while the login was wrong
}

// What can be told is told, whatever else goes wrong.
TEST_F(StatusAlert, TellsThoughAFileCannotBeWritten) {
  const std::string nowhere = cluster->folder() / "nowhere";
  for (const char* option : {"--openmetrics", "--html"}) {
    const Outcome outcome = status({"--alert", option, nowhere + "/file"});
    EXPECT_EQ(outcome.exit_code, kUnknown);
    EXPECT_THAT(outcome.err, HasSubstr(nowhere));
    EXPECT_THAT(hooks(), ::testing::UnorderedElementsAre("begun backup", "begun wal"));
  }
}

// An outside service is to call where nobody can say that all is well.
TEST_F(StatusAlert, GivesNoSignOfLifeWhileSomethingIsUnknown) {
  cluster->take_backup();
  const Outcome outcome = status({"--alert", "--connection", "host=/nowhere"});
  EXPECT_EQ(outcome.exit_code, kWarning) << outcome.out << outcome.err;
  EXPECT_EQ(heartbeats(), 0);
  round(kOk);
  EXPECT_EQ(heartbeats(), 1);
}

// A heartbeat tells nobody what has failed.
TEST_F(StatusAlert, OfARunThatFailedIsUnknownWhereNobodyHearsOfIt) {
  Command command = cluster->basebackup({"status", "--alert", "--failed", "push"});
  const fs::path configuration = cluster->folder() / "heartbeat.toml";
  write_text(configuration, "[alert]\nheartbeat = \"" + http.url() + "/alive\"\n");
  give_to_server_user(configuration);
  command.environment["WALDEN_CONFIG"] = configuration;
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, kUnknown);
  EXPECT_THAT(outcome.err, HasSubstr("nobody is told that a run failed"));
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
