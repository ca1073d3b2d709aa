#include "basebackup/recovery_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "basebackup/list_text.h"
#include "common/program/human.h"
#include "tests/basebackup/commit_segments.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOlder = "20261121T030000Z-tl1-02";
constexpr const char* kNewer = "20261121T040000Z-tl1-06";

// Segments 2 to 9, a transaction in each; a backup over segment 2 and one over segment 6.
class Window : public CommitArchive {
 protected:
  void SetUp() override {
    for (std::uint64_t number = 2; number <= 9; ++number) archive_minute(number);
    store_backup(kOlder, 2);
    store_backup(kNewer, 6);
  }
  void store_backup(const std::string& id, std::uint64_t segment) {
    const Instant stopped{minute(static_cast<int>(segment)).microseconds + 1};
    testing::store_sample_backup(store, backup(id, segment, segment, stopped), {{"x", "y"}});
  }
  RecoveryWindow window() {
    auto read = read_recovery_window(store, archive.names(), {}, cancel_);
    EXPECT_TRUE(read) << read.error().cause;
    return read ? *read : RecoveryWindow{};
  }
  std::string text(bool has_key = false, const std::vector<std::string>& options = {}) {
    return list_text({.cluster = "orders",
                      .system_identifier = kSystem,
                      .store = "memory:",
                      .window = window(),
                      .has_key = has_key,
                      .options = options},
                     minute(20));
  }

  std::atomic<bool> cancel_ = false;
};

TEST_F(Window, GoesFromTheOldestBackupsEndToTheNewestTransaction) {
  const auto all = window();
  EXPECT_EQ(all.begin->microseconds, minute(2).microseconds + 1);
  EXPECT_EQ(*all.end, minute(9));
  EXPECT_TRUE(all.holes.empty());
  EXPECT_TRUE(all.backups.at(0).complete);
}

TEST_F(Window, HasAHoleFromTheLastTransactionBeforeItToTheNextBackup) {
  lose_segment(4);
  const auto all = window();
  ASSERT_EQ(all.holes.size(), 1U);
  EXPECT_EQ(*all.holes[0].from, minute(3));
  EXPECT_EQ(all.holes[0].to->microseconds, minute(6).microseconds + 1);
  EXPECT_FALSE(all.backups.at(0).complete);
  EXPECT_TRUE(all.backups.at(0).consistent);
  EXPECT_TRUE(all.backups.at(1).complete);
  EXPECT_THAT(text(), HasSubstr("1 segment missing: 000000010000000000000004"));
}

TEST_F(Window, EndsBeforeAHoleThatNoBackupFollows) {
  lose_segment(8);
  const auto all = window();
  EXPECT_EQ(*all.end, minute(7));
  EXPECT_EQ(all.holes.size(), 1U);
  EXPECT_FALSE(all.holes[0].to);
}

TEST_F(Window, BeginsWithTheOldestBackupThatIsConsistent) {
  lose_segment(2);
  const auto all = window();
  EXPECT_EQ(all.begin->microseconds, minute(6).microseconds + 1);
  EXPECT_FALSE(all.backups.at(0).consistent);
  EXPECT_THAT(text(), HasSubstr("INCOMPLETE"));
}

// A takeover from segment 6 on, whose own WAL holds nothing yet.
TEST_F(Window, NamesTheTimelineThatATakeoverLeftBehind) {
  store.erase(archive.names().manifest(kNewer));
  ASSERT_TRUE(archive.push_history(2, bytes_of("1\t0/600028\tno recovery target\n"), {}));
  const auto all = window();
  ASSERT_EQ(all.others.size(), 1U);
  EXPECT_EQ(all.others[0].timeline, 1U);
  EXPECT_EQ(all.others[0].first.xid, 106U);
  EXPECT_EQ(all.others[0].newest.time, minute(9));
  EXPECT_THAT(text(), HasSubstr("goes on to " + utc_time(minute(9)) + " UTC: --target-timeline 1"));
  EXPECT_EQ(list_json({"orders", kSystem, "memory:", all}).at("other_timelines").size(), 1U);
}

TEST_F(Window, HasNoOtherTimelineWithoutATakeover) {
  EXPECT_TRUE(window().others.empty());
}

TEST_F(Window, IsShownWithinAHundredColumns) {
  lose_segment(4);
  std::istringstream lines(text());
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_THAT(text(), HasSubstr(kNewer));
  EXPECT_THAT(text(), HasSubstr("--target-time '"));
}

TEST_F(Window, OfSealedBackupsShowsTheirNamesAndNoTimes) {
  store.erase(archive.names().manifest(kOlder));
  store.erase(archive.names().pack(kOlder, 1));
  store.erase(archive.names().manifest(kNewer));
  store.erase(archive.names().pack(kNewer, 1));
  Sealing sealing;
  sealing.recipients = {SecretKey::generate().recipient()};
  testing::store_sample_backup(store, backup(kOlder, 2, 2, minute(2)), {{"x", "y"}}, sealing);
  EXPECT_THAT(text(), HasSubstr("sealed: this host holds no key that opens it"));
  EXPECT_THAT(text(), HasSubstr("Name the secret key: --key-file"));
  EXPECT_THAT(text(), HasSubstr(kOlder));
  EXPECT_THAT(text(), Not(HasSubstr("You can restore")));

  const std::string with_another_key = text(/*has_key=*/true);
  EXPECT_THAT(with_another_key, HasSubstr("sealed to another key than the one given"));
  EXPECT_THAT(with_another_key, HasSubstr("name the right one with --key-file"));
}

TEST_F(Window, EndsWithTheCommandThatRestoresAndTheOptionsItNeeds) {
  EXPECT_THAT(text(), HasSubstr("To restore the newest moment:\n"
                                "  basebackup restore --pgdata DIR --target-time '"));
  EXPECT_THAT(text(true, {"--key-file", "/root/my key"}),
              HasSubstr("  basebackup restore --key-file '/root/my key' --pgdata DIR --target"));
}

TEST_F(Window, IsToldToProgramsWithTheSameFacts) {
  lose_segment(4);
  const auto json = list_json({"orders", kSystem, "memory:", window(), false, {}});
  EXPECT_EQ(json.at("system_identifier"), std::to_string(kSystem));
  EXPECT_EQ(json.at("backups").size(), 2U);
  EXPECT_EQ(json.at("window").at("holes").at(0).at("first_segment"), "000000010000000000000004");
  EXPECT_EQ(json.at("backups").at(0).at("wal").at("complete"), false);
}

}  // namespace
}  // namespace walden
