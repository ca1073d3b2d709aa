#include "basebackup/wal_fetch_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

std::string command(const std::vector<std::string>& arguments) {
  const auto made = wal_fetch_command({"/usr/bin/wal-fetch", arguments, 150018});
  return made ? *made : made.error().cause;
}

TEST(WalFetchCommand, LeavesPlainWordsAsTheyAre) {
  EXPECT_EQ(command({"--config", "/etc/walden/walden.toml"}),
            "/usr/bin/wal-fetch --config /etc/walden/walden.toml %f %p");
}

TEST(WalFetchCommand, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(command({"--store", "file:///var/my backups"}),
            "/usr/bin/wal-fetch --store 'file:///var/my backups' %f %p");
  EXPECT_EQ(command({"--cluster", "it's;$HOME"}),
            "/usr/bin/wal-fetch --cluster 'it'\\''s;$HOME' %f %p");
  EXPECT_EQ(command({"--key-file", ""}), "/usr/bin/wal-fetch --key-file '' %f %p");
}

TEST(WalFetchCommand, DoublesPercentSignsForPostgres) {
  EXPECT_EQ(command({"--store", "file:///100%f"}),
            "/usr/bin/wal-fetch --store 'file:///100%%f' %f %p");
}

TEST(WalFetchCommand, OfABackupWithItsWalLooksIntoPgWalFirst) {
  const std::vector<WalName> ends = {WalName::parse("0000000100000000000000FF").value(),
                                     WalName::parse("000000010000000100000000").value()};
  const auto made = wal_fetch_command({"wal-fetch", {"--cluster", "orders"}, 150018, ends});
  ASSERT_TRUE(made);
  EXPECT_EQ(*made,
            "i=; grep -qs \"^recovery_target = .immediate\" postgresql.auto.conf && i=1; "
            "test $i && [ %f \\< 0000000100000000000000FF ] && test -e pg_wal/%f && exit 1; "
            "wal-fetch --cluster orders %f %p; r=$?; case ${i}%f in "
            "1*.history|1????????00000000000000FF|1????????0000000100000000) "
            "exit $((r!=0));; esac; exit $r");
}

TEST(WalFetchCommand, RefusesALineBreak) {
  const auto made = wal_fetch_command({"/usr/bin/wal-fetch", {"a\nb"}, 150018});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::configuration);
}

TEST(WalFetchCommand, RefusesWhatServersBefore16WouldCutOff) {
  const std::vector<std::string> arguments = {std::string(1000, 'x')};
  EXPECT_FALSE(wal_fetch_command({"/usr/bin/wal-fetch", arguments, 150018}));
  EXPECT_TRUE(wal_fetch_command({"/usr/bin/wal-fetch", arguments, 160000}));
}

}  // namespace
}  // namespace walden
