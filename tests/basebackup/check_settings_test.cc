#include "basebackup/check_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace walden {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ServerState good_server() {
  return {.version = 150018,
          .system_identifier = 7438201938475610283,
          .role = "backup",
          .may_replicate = true,
          .archiver = {.archived = 3, .last_archived_ago = seconds(38)},
          .settings = {{"wal_level", "replica"},
                       {"archive_mode", "on"},
                       {"archive_command", "wal-push %p %f"},
                       {"archive_timeout", "60"},
                       {"max_wal_senders", "10"},
                       {"data_checksums", "on"},
                       {"full_page_writes", "on"}}};
}

Fact fact(const ServerState& state, std::string_view name) {
  const auto facts = judge_server(state);
  const auto found = std::ranges::find(facts, name, &Fact::name);
  return found == facts.end() ? Fact{} : *found;
}

Fact with_setting(const std::string& setting, const std::string& value, std::string_view name) {
  ServerState state = good_server();
  state.settings[setting] = value;
  return fact(state, name);
}

Verdict verdict(const std::string& setting, const std::string& value) {
  return with_setting(setting, value, setting).verdict;
}

TEST(CheckSettings, FindNothingWrongWithAGoodServer) {
  for (const Fact& each : judge_server(good_server())) {
    EXPECT_EQ(each.verdict, Verdict::ok) << each.name << ": " << each.text;
    EXPECT_EQ(each.remedy, "") << each.name;
  }
}

TEST(CheckSettings, HaveARemedyForWhateverIsNotGood) {
  ServerState state = good_server();
  state.version = 120000;
  state.archiver = {.failed = 2, .last_failed_wal = "000000010000000A0000007C", .failing = true};
  state.settings = {{"wal_level", "minimal"},   {"archive_mode", "on"},   {"archive_command", ""},
                    {"archive_timeout", "0"},   {"max_wal_senders", "0"}, {"data_checksums", "off"},
                    {"full_page_writes", "off"}};
  for (const Fact& each : judge_server(state)) {
    if (each.name == "archive_mode") continue;
    EXPECT_TRUE(each.verdict == Verdict::fail || each.verdict == Verdict::warn) << each.name;
    EXPECT_NE(each.remedy, "") << each.name;
  }
}

TEST(CheckSettings, KnowTheVersionsThatWaldenSupports) {
  ServerState state = good_server();
  for (const auto& [version, expected] :
       {std::pair(120022, Verdict::fail), std::pair(130000, Verdict::ok),
        std::pair(180004, Verdict::ok), std::pair(190000, Verdict::warn)}) {
    state.version = version;
    EXPECT_EQ(fact(state, "server").verdict, expected) << version;
  }
}

TEST(CheckSettings, AcceptEveryWalLevelThatCanBeReplayed) {
  EXPECT_EQ(verdict("wal_level", "logical"), Verdict::ok);
  EXPECT_EQ(verdict("wal_level", "minimal"), Verdict::fail);
  EXPECT_EQ(verdict("wal_level", ""), Verdict::fail);
}

TEST(CheckSettings, AskForNoCommandWhereArchivingIsOff) {
  EXPECT_EQ(verdict("archive_mode", "off"), Verdict::fail);
  EXPECT_EQ(with_setting("archive_mode", "off", "archive_command").verdict, Verdict::not_asked);
  EXPECT_EQ(with_setting("archive_mode", "off", "archiver").verdict, Verdict::not_asked);
}

TEST(CheckSettings, WantWalPushToRunAndToBeHeard) {
  EXPECT_EQ(verdict("archive_command", "/usr/local/bin/wal-push --config /etc/w.toml %p %f"),
            Verdict::ok);
  EXPECT_EQ(verdict("archive_command", "wal-push %p"), Verdict::ok);
  EXPECT_EQ(verdict("archive_command", ""), Verdict::fail);
  EXPECT_EQ(verdict("archive_command", "cp %p /mnt/%f"), Verdict::fail);
  EXPECT_EQ(verdict("archive_command", "wal-push %f"), Verdict::fail);
  EXPECT_EQ(verdict("archive_command", "wal-push %p %f || true"), Verdict::warn);
  EXPECT_EQ(verdict("archive_command", "wal-push %p %f; exit 0"), Verdict::warn);
}

TEST(CheckSettings, FailWhereALibraryTakesThePlaceOfTheCommand) {
  const Fact found = with_setting("archive_library", "basic_archive", "archive_command");
  EXPECT_EQ(found.verdict, Verdict::fail);
  EXPECT_THAT(found.text, HasSubstr("basic_archive"));
}

TEST(CheckSettings, TellAnArchiverThatFailsFromOneThatDid) {
  ServerState state = good_server();
  state.archiver.failed = 3;
  state.archiver.last_failed_ago = seconds(90);
  EXPECT_EQ(fact(state, "archiver").verdict, Verdict::ok);
  EXPECT_THAT(fact(state, "archiver").text, HasSubstr("3 failures before"));
  state.archiver.failing = true;
  state.archiver.last_failed_wal = "000000010000000A0000007C";
  EXPECT_EQ(fact(state, "archiver").verdict, Verdict::fail);
  EXPECT_THAT(fact(state, "archiver").text, HasSubstr("000000010000000A0000007C"));
}

TEST(CheckSettings, WarnUntilSomethingWasArchived) {
  ServerState state = good_server();
  state.archiver = {};
  EXPECT_EQ(fact(state, "archiver").verdict, Verdict::warn);
}

TEST(CheckSettings, ExpectAnArchiverOnAStandbyOnlyWhereItIsToldToArchive) {
  ServerState state = good_server();
  state.is_standby = true;
  EXPECT_EQ(fact(state, "archive_mode").verdict, Verdict::ok);
  EXPECT_EQ(fact(state, "archiver").verdict, Verdict::not_asked);
  state.settings["archive_mode"] = "always";
  EXPECT_EQ(fact(state, "archiver").verdict, Verdict::ok);
}

TEST(CheckSettings, SayWhatAQuietDatabaseLoses) {
  EXPECT_EQ(verdict("archive_timeout", "900"), Verdict::ok);
  EXPECT_EQ(verdict("archive_timeout", "901"), Verdict::warn);
  EXPECT_EQ(verdict("archive_timeout", "0"), Verdict::warn);
  EXPECT_EQ(verdict("archive_timeout", ""), Verdict::not_asked);
  EXPECT_THAT(with_setting("archive_timeout", "300", "archive_timeout").text, HasSubstr("5 min"));
}

TEST(CheckSettings, WantTwoFreeSenders) {
  ServerState state = good_server();
  for (const auto& [used, expected] :
       {std::pair(8U, Verdict::ok), std::pair(9U, Verdict::warn), std::pair(10U, Verdict::fail),
        std::pair(11U, Verdict::fail)}) {
    state.senders_in_use = used;
    EXPECT_EQ(fact(state, "wal_senders").verdict, expected) << used;
  }
}

TEST(CheckSettings, OfAServerThatCannotBeAskedFailOnce) {
  const Facts facts = server_not_asked({ErrorKind::transient, "nobody there", "start it"});
  ASSERT_EQ(facts.size(), judge_server(good_server()).size());
  EXPECT_EQ(facts.front().verdict, Verdict::fail);
  EXPECT_EQ(facts.front().remedy, "start it");
  for (std::size_t i = 1; i < facts.size(); ++i) {
    EXPECT_EQ(facts[i].verdict, Verdict::not_asked) << facts[i].name;
    EXPECT_THAT(facts[i].text, StartsWith("not asked: "));
  }
}

TEST(CheckReplication, NamesTheRoleThatLacksTheRight) {
  ServerState state = good_server();
  state.may_replicate = false;
  EXPECT_EQ(judge_replication(&state, {}).remedy, "ALTER ROLE backup REPLICATION;");
  state.role = "a\"b";
  EXPECT_EQ(judge_replication(&state, {}).remedy, "ALTER ROLE \"a\"\"b\" REPLICATION;");
}

TEST(CheckReplication, PassesOnWhyThereIsNoConnection) {
  const ServerState state = good_server();
  const Fact found = judge_replication(&state, fail(ErrorKind::denied, "no entry", "pg_hba.conf"));
  EXPECT_EQ(found.verdict, Verdict::fail);
  EXPECT_EQ(found.text, "no entry");
  EXPECT_EQ(judge_replication(nullptr, {}).verdict, Verdict::ok);
}

}  // namespace
}  // namespace walden
