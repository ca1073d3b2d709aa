#include "basebackup/recovery_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

RecoverySettings at_lsn() {
  RecoverySettings settings;
  settings.backup_id = "20261121T031702Z-tl1-02";
  settings.restore_command = "/usr/bin/wal-fetch 'it'\\''s' %f %p";
  settings.timeline = "3";
  settings.target.kind = RestoreTarget::Kind::lsn;
  settings.target.lsn = Lsn{0xA27C000028};
  settings.target.action = "pause";
  return settings;
}

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(RecoverySettings, QuoteAsAlterSystemDoes) {
  EXPECT_THAT(recovery_settings_text(at_lsn()),
              HasSubstr("restore_command = '/usr/bin/wal-fetch ''it''\\\\''''s'' %f %p'\n"));
}

TEST(RecoverySettings, EmptyTheOtherTargetsBeforeTheOneThatIsMeant) {
  const auto text = recovery_settings_text(at_lsn());
  const auto wanted = text.find("recovery_target_lsn = 'A2/7C000028'\n");
  ASSERT_NE(wanted, std::string::npos);
  for (const char* other : {"recovery_target = ''", "recovery_target_name = ''",
                            "recovery_target_time = ''", "recovery_target_xid = ''"}) {
    EXPECT_LT(text.find(other), wanted) << other;
  }
  EXPECT_THAT(text, HasSubstr("recovery_target_timeline = '3'\n"));
  EXPECT_THAT(text, HasSubstr("recovery_target_action = 'pause'\n"));
  EXPECT_THAT(text, HasSubstr("hot_standby = 'on'\n"));
}

TEST(RecoverySettings, SayTheTimeSoThatNoZoneIsGuessed) {
  auto settings = at_lsn();
  settings.target.kind = RestoreTarget::Kind::time;
  settings.target.time = Instant{1795271400123456};
  settings.target.exclusive = true;
  const auto text = recovery_settings_text(settings);
  EXPECT_THAT(text, HasSubstr("recovery_target_time = '2026-11-21 14:30:00.123456+00'\n"));
  EXPECT_THAT(text, HasSubstr("recovery_target_inclusive = 'off'\n"));
}

TEST(RecoverySettings, TurnArchivingOffUnlessTheCopyIsTheSuccessor) {
  auto settings = at_lsn();
  EXPECT_THAT(recovery_settings_text(settings), HasSubstr("archive_mode = 'off'\n"));
  settings.keep_archiving = true;
  EXPECT_THAT(recovery_settings_text(settings), Not(HasSubstr("archive_mode")));
}

TEST(RecoverySettings, OfAnEarlierRecoveryOrAStandbyAreTakenOut) {
  EXPECT_EQ(without_recovery_settings("# a comment\n"
                                      "work_mem = '8MB'\n"
                                      "  Recovery_Target_Name='x'\n"
                                      "primary_conninfo = 'host=old'\n"
                                      "restore_command 'cp'\n"
                                      "my.restore_command = 'kept'\n"
                                      "max_wal_size = '1GB'"),
            "# a comment\n"
            "work_mem = '8MB'\n"
            "my.restore_command = 'kept'\n"
            "max_wal_size = '1GB'\n");
}

TEST(RecoverySettings, AreWrittenWithTheSignalFileAndWithoutWhatAStandbyLeft) {
  const testing::TemporaryDirectory folder;
  std::ofstream(folder / "standby.signal").flush();
  std::ofstream(folder / "postgresql.auto.conf") << "work_mem = '8MB'\n";
  RestorePlace place;
  place.pgdata = folder.path();
  const auto written = write_recovery_settings(at_lsn(), RestoredTree(place), 0750);
  ASSERT_TRUE(written) << written.error().cause;
  EXPECT_FALSE(fs::exists(folder / "standby.signal"));
  EXPECT_TRUE(fs::exists(folder / "recovery.signal"));
  const auto conf = text_in(folder / "postgresql.auto.conf");
  EXPECT_TRUE(conf.starts_with("work_mem = '8MB'\n"));
  EXPECT_THAT(conf, HasSubstr("restore_command = "));
  EXPECT_EQ(fs::status(folder / "recovery.signal").permissions(), fs::perms{0640});
}

}  // namespace
}  // namespace walden
