#include <gmock/gmock.h>

#include <csignal>

#include "tests/support/archive_host.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::ArchiveHost;
using ::testing::HasSubstr;
using testing::kOtherSystem;
using testing::Outcome;
using testing::SegmentSpec;

constexpr std::uint32_t kMegabyte = 1U << 20U;
constexpr const char* kFirst = "000000010000000000000001";

class WalFetch : public ::testing::Test {
 protected:
  // Stored under its name, and gone from pg_wal. Returns the content.
  std::string archive(const SegmentSpec& spec) {
    const fs::path path = testing::write_segment(host.wal(), spec);
    push(path.filename());
    return testing::segment_content(spec);
  }
  void archive_text(const std::string& name, const std::string& content) {
    testing::write_text(host.wal() / name, content);
    push(name);
  }
  void push(const std::string& name) {
    const Outcome pushed = host.push_named(name);
    ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
    fs::remove(host.wal() / name);
  }
  void expect_delivered(const std::string& name, const std::string& content) {
    const Outcome fetched = host.fetch_named(name);
    EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
    EXPECT_EQ(fetched.out + fetched.err, "");
    EXPECT_TRUE(testing::read_text(host.delivered()) == content);
    EXPECT_EQ(host.temporaries(), 0);
  }
  // Exit 255 after a deadline of no time, nothing at %p. Returns what was said.
  std::string expect_doubt(const std::string& name,
                           const std::vector<std::string>& options = {"--fetch-deadline", "0"}) {
    const Outcome fetched = host.fetch_named(name, options);
    EXPECT_EQ(fetched.exit_code, 255) << fetched.err;
    EXPECT_THAT(fetched.err, HasSubstr("Recovery stops here"));
    EXPECT_FALSE(fs::exists(host.delivered()));
    EXPECT_EQ(host.temporaries(), 0);
    return fetched.err;
  }
  // The same where nothing could even be looked for.
  void expect_no_answer(const std::vector<std::string>& options) {
    const Outcome fetched = host.fetch_named(kFirst, options);
    EXPECT_EQ(fetched.exit_code, 255) << fetched.err;
    EXPECT_THAT(fetched.err, HasSubstr("Nothing was looked for"));
    EXPECT_FALSE(fs::exists(host.delivered()));
  }
  ArchiveHost host;
};

TEST_F(WalFetch, DeliversSegmentsOfEverySize) {
  for (const std::uint32_t size : {1U, 16U, 64U}) {
    const SegmentSpec spec{.number = size, .size = size * kMegabyte};
    expect_delivered(testing::segment_file_name(spec), archive(spec));
  }
}

TEST_F(WalFetch, DeliversHistoriesAndPartials) {
  archive_text("00000002.history", "1\t0/C000028\tx\n");
  expect_delivered("00000002.history", "1\t0/C000028\tx\n");
  archive_text("000000010000000000000001.00000028.backup", "START\n");
  expect_delivered("000000010000000000000001.00000028.backup", "START\n");
  const std::string content = testing::segment_content({});
  archive_text(std::string(kFirst) + ".partial", content);
  expect_delivered(std::string(kFirst) + ".partial", content);
}

TEST_F(WalFetch, DeliversOverWhatWasThere) {
  const std::string content = archive({});
  testing::write_text(host.delivered(), "old");
  expect_delivered(kFirst, content);
}

TEST_F(WalFetch, WorksOutsideTheDataDirectory) {
  const std::string content = archive({});
  testing::Command command = host.fetch({kFirst, host.delivered()});
  command.directory = "/";
  EXPECT_EQ(testing::run(command).exit_code, 0);
  EXPECT_TRUE(testing::read_text(host.delivered()) == content);
}

TEST_F(WalFetch, OpensSealedSegmentsWithTheKey) {
  const std::string recipient = host.make_key("key");
  host.configure("recipients = [\"" + recipient + "\"]\nkey_file = \"" +
                 (host.folder() / "key").native() + "\"");
  expect_delivered(kFirst, archive({}));
}

TEST_F(WalFetch, DoubtsSealedSegmentsWithAnotherKeyOrNone) {
  const std::string recipient = host.make_key("key");
  (void)host.make_key("other");
  host.configure("recipients = [\"" + recipient + "\"]");
  (void)archive({});
  (void)expect_doubt(kFirst);
  host.configure("key_file = \"" + (host.folder() / "other").native() + "\"");
  (void)expect_doubt(kFirst);
}

TEST_F(WalFetch, SaysInSilenceThatANameIsNotThere) {
  for (const auto* name : {kFirst, "00000002.history"}) {
    const Outcome fetched = host.fetch_named(name);
    EXPECT_EQ(fetched.exit_code, 1);
    EXPECT_EQ(fetched.out + fetched.err, "");
  }
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalFetch, LeavesWhatWasThereAloneWhenItDeliversNothing) {
  testing::write_text(host.delivered(), "old");
  EXPECT_EQ(host.fetch_named(kFirst).exit_code, 1);
  EXPECT_EQ(testing::read_text(host.delivered()), "old");
}

TEST_F(WalFetch, BelievesNoAbsenceWithoutTheMarker) {
  fs::remove(host.marker());
  EXPECT_THAT(expect_doubt(kFirst),
              AllOf(HasSubstr("cluster.json"), HasSubstr("do not run basebackup init")));
}

TEST_F(WalFetch, BelievesNoAbsenceWithoutTheStore) {
  fs::remove_all(host.store_directory());
  EXPECT_THAT(expect_doubt(kFirst), HasSubstr("do not run basebackup init"));
}

TEST_F(WalFetch, BelievesNoAbsenceBehindALinkThatLeadsNowhere) {
  const fs::path folder = host.object(kFirst).parent_path();
  fs::create_directories(folder.parent_path());
  fs::create_directory_symlink(host.folder() / "unmounted", folder);
  EXPECT_THAT(expect_doubt(kFirst), AllOf(HasSubstr(folder.native()), HasSubstr("mounted")));
}

TEST_F(WalFetch, BelievesNoAbsenceWithAMarkerThatIsDamaged) {
  testing::write_text(host.marker(), "{");
  (void)expect_doubt(kFirst);
}

TEST_F(WalFetch, DoubtsADamagedObjectAndNamesOtherCopies) {
  (void)archive({});
  testing::damage(host.object(kFirst));
  EXPECT_THAT(expect_doubt(kFirst), AllOf(HasSubstr(kFirst), HasSubstr("primary's pg_wal")));
}

TEST_F(WalFetch, DoubtsATruncatedObject) {
  (void)archive({});
  const auto size = fs::file_size(host.object(kFirst));
  for (const auto kept : {std::uintmax_t{0}, std::uintmax_t{10}, size / 2, size - 1}) {
    fs::resize_file(host.object(kFirst), kept);
    (void)expect_doubt(kFirst);
  }
}

TEST_F(WalFetch, DoesNotWaitForDamageToMendItself) {
  (void)archive({});
  testing::damage(host.object(kFirst));
  (void)expect_doubt(kFirst, {"--fetch-deadline", "1h"});
}

TEST_F(WalFetch, DoubtsAnObjectThatWasMovedToAnotherName) {
  (void)archive({.number = 2});
  fs::rename(host.object("000000010000000000000002"), host.object(kFirst));
  (void)expect_doubt(kFirst);
}

TEST_F(WalFetch, DoubtsTheArchiveOfAnotherSystem) {
  (void)archive({});
  testing::write_control_file(host.pgdata(), kOtherSystem);
  EXPECT_THAT(expect_doubt(kFirst), HasSubstr(std::to_string(kOtherSystem)));
}

TEST_F(WalFetch, BelievesAnAbsenceOfASystemThatArchivesHereToo) {
  (void)archive({});
  testing::write_control_file(host.pgdata(), kOtherSystem);
  archive_text("00000003.history", "1\t0/5000000\treason\n");
  EXPECT_EQ(host.fetch_named(kFirst).exit_code, 1);
}

TEST_F(WalFetch, DoubtsAControlFileThatIsDamaged) {
  testing::write_text(host.pgdata() / "global/pg_control", "x");
  (void)expect_doubt(kFirst);
}

TEST_F(WalFetch, DoubtsWhereItCannotWrite) {
  (void)archive({});
  const Outcome fetched = testing::run(
      host.fetch({"--fetch-deadline", "0", kFirst, (host.folder() / "no/such/file").native()}));
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_THAT(fetched.err, HasSubstr("no/such"));
}

TEST_F(WalFetch, StopsAtItsDeadline) {
  fs::remove_all(host.store_directory());
  EXPECT_THAT(expect_doubt(kFirst, {"--fetch-deadline", "1"}),
              HasSubstr("still trying (0 s of 1 s)"));
}

TEST_F(WalFetch, DeliversOnceTheStoreIsBack) {
  const std::string content = archive({});
  const fs::path away = host.folder() / "unmounted";
  fs::rename(host.store_directory(), away);
  testing::RunningProcess fetch(
      host.fetch({"--fetch-deadline", "1h", kFirst, "pg_wal/RECOVERYXLOG"}));
  ASSERT_TRUE(testing::eventually(
      [&] { return fetch.err_so_far().find("still trying") != std::string::npos; }));
  fs::rename(away, host.store_directory());
  EXPECT_EQ(fetch.wait().exit_code, 0);
  EXPECT_TRUE(testing::read_text(host.delivered()) == content);
}

TEST_F(WalFetch, DiesOfSigtermWhileItWaitsAndLeavesNothing) {
  (void)archive({});
  fs::remove(host.object(kFirst));
  fs::create_symlink("/proc/self/mem", host.object(kFirst));  // opens, but cannot be read
  testing::RunningProcess fetch(
      host.fetch({"--fetch-deadline", "1h", kFirst, "pg_wal/RECOVERYXLOG"}));
  ASSERT_TRUE(testing::eventually(
      [&] { return fetch.err_so_far().find("still trying") != std::string::npos; }));
  fetch.send_signal(SIGTERM);
  const Outcome outcome = fetch.wait();
  EXPECT_EQ(outcome.signal, SIGTERM) << outcome.exit_code << outcome.err;
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalFetch, LetsAStandbyAskAgain) {
  fs::remove_all(host.store_directory());
  testing::write_text(host.pgdata() / "standby.signal", "");
  const std::vector<std::string> options = {"--standby-deadline", "0"};
  const Outcome fetched = host.fetch_named(kFirst, options);
  EXPECT_EQ(fetched.exit_code, 1);
  EXPECT_THAT(fetched.err, HasSubstr("The standby asks again"));
}

TEST_F(WalFetch, StopsAStandbyWhereThatIsWanted) {
  fs::remove_all(host.store_directory());
  testing::write_text(host.pgdata() / "standby.signal", "");
  (void)expect_doubt(kFirst, {"--standby-deadline", "0", "--standby-outage", "stop"});
}

TEST_F(WalFetch, LetsAStandbyAskAgainWhenItCannotReadItsSettings) {
  testing::write_text(host.pgdata() / "standby.signal", "");
  for (const auto* line : {"cluster = ", "key_file = \"/nowhere/key\""}) {
    host.configure(line);
    const Outcome fetched = host.fetch_named(kFirst);
    EXPECT_EQ(fetched.exit_code, 1) << line;
    EXPECT_THAT(fetched.err, HasSubstr("The standby asks again")) << line;
    expect_no_answer({"--standby-outage", "stop"});
  }
  EXPECT_EQ(host.fetch_named(kFirst, {"--no-such-option", "1"}).exit_code, 255);
}

TEST_F(WalFetch, StopsARecoveryWhenItCannotReadItsSettings) {
  for (const auto* line : {"cluster = ", "key_file = \"/nowhere/key\""}) {
    host.configure(line);
    expect_no_answer({});
  }
}

TEST_F(WalFetch, DoesNotStopAPromotionWhenItCannotReadItsSettings) {
  host.configure("cluster = ");
  testing::write_text(host.wal() / "00000002.history", "1\t0/C000028\tno recovery target\n");
  EXPECT_EQ(host.fetch_named("00000002.history").exit_code, 1);
}

TEST_F(WalFetch, DoesNotStopAServerThatIsJustBeingPromoted) {
  fs::remove_all(host.store_directory());
  const std::vector<std::string> options = {"--standby-deadline", "0"};
  EXPECT_EQ(host.fetch_named("00000001.history", options).exit_code, 1);
  testing::write_text(host.wal() / "00000002.history", "1\t0/C000028\tno recovery target\n");
  const Outcome own = host.fetch_named("00000002.history", options);
  EXPECT_EQ(own.exit_code, 1);
  EXPECT_THAT(own.err, HasSubstr("goes on with its own copy"));
  (void)expect_doubt("00000003.history");

  testing::write_text(host.pgdata() / "recovery.signal", "");
  (void)expect_doubt("00000002.history");
}

TEST_F(WalFetch, NeverAnswersAWrongCommandLineWithOne) {
  const std::vector<std::vector<std::string>> lines = {
      {},
      {kFirst},
      {"--nonsense"},
      {"nonsense", "pg_wal/x"},
      {kFirst, "a", "b"},
      {"--config", "/nowhere/walden.toml", kFirst, "pg_wal/x"},
      {"--store", "ftp://x", kFirst, "pg_wal/x"},
      {"--key-file", "/nowhere/key", kFirst, "pg_wal/x"}};
  for (const auto& line : lines) {
    const Outcome outcome = testing::run(host.fetch(line));
    EXPECT_EQ(outcome.exit_code, 255) << outcome.err;
    EXPECT_NE(outcome.err, "");
  }
  for (const char* flag : {"--version", "--help"}) {
    EXPECT_EQ(testing::run(host.fetch({flag, kFirst, "pg_wal/x"})).exit_code, 255);
  }
}

TEST_F(WalFetch, ExplainsItselfOnRequest) {
  const Outcome help = testing::run(host.fetch({"--help"}));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("restore_command"), HasSubstr("--fetch-deadline")));
}

}  // namespace
}  // namespace walden
