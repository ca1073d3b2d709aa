#include "common/archive/object_names.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

const ObjectNames kNames("orders", 7438201938475610283);

std::string wal(std::string_view name) {
  return kNames.wal(WalName::parse(name).value());
}

TEST(ObjectNames, KeepAFolderPerTimelineAndLog) {
  EXPECT_EQ(wal("00000002000000A20000007C"),
            "orders/7438201938475610283/wal/00000002/000000A2/00000002000000A20000007C");
}

TEST(ObjectNames, PutPartialsAndBackupHistoriesBesideTheirSegment) {
  const std::string folder = "orders/7438201938475610283/wal/00000001/000000A2/";
  EXPECT_EQ(wal("00000001000000A20000007C.partial"), folder + "00000001000000A20000007C.partial");
  EXPECT_EQ(wal("00000001000000A20000007C.00000028.backup"),
            folder + "00000001000000A20000007C.00000028.backup");
}

TEST(ObjectNames, PutTimelineHistoriesAboveTheTimelines) {
  EXPECT_EQ(wal("00000002.history"), "orders/7438201938475610283/wal/00000002.history");
}

TEST(ObjectNames, NameABackupsManifestAndPacks) {
  const std::string folder = "orders/7438201938475610283/backup/20261121T031702Z-tl1-AF4C/";
  EXPECT_EQ(kNames.manifest("20261121T031702Z-tl1-AF4C"), folder + "manifest");
  EXPECT_EQ(kNames.pack("20261121T031702Z-tl1-AF4C", 7), folder + "pack-0007");
}

TEST(ObjectNames, BindTheNameBelowTheClustersFolder) {
  const ObjectIdentity identity = kNames.identity(wal("00000002.history"));
  EXPECT_EQ(identity.cluster, "orders");
  EXPECT_EQ(identity.system_identifier, 7438201938475610283U);
  EXPECT_EQ(identity.name, "7438201938475610283/wal/00000002.history");
}

TEST(BackupId, CarriesStartTimeTimelineAndSegment) {
  const Lsn start = Lsn::parse("AF/4C000028").value();
  EXPECT_EQ(backup_id(1795231022, 1, start, 16U << 20U), "20261121T031702Z-tl1-AF4C");
}

TEST(BackupId, SurvivesAClockThatIsFarOff) {
  const std::int64_t far = std::int64_t{1} << 62U;
  EXPECT_EQ(backup_id(far, 1, Lsn{0}, 16U << 20U), "99991231T235959Z-tl1-000");
  EXPECT_EQ(backup_id(-far, 1, Lsn{0}, 16U << 20U), "19700101T000000Z-tl1-000");
}

TEST(BackupId, IsReadOutOfAManifestsNameOnly) {
  EXPECT_EQ(backup_id_of_manifest(kNames.manifest("20261121T031702Z-tl1-AF4C")),
            "20261121T031702Z-tl1-AF4C");
  EXPECT_EQ(backup_id_of_manifest(kNames.pack("20261121T031702Z-tl1-AF4C", 1)), "");
  EXPECT_EQ(backup_id_of_manifest("manifest"), "");
  EXPECT_EQ(backup_id_of_manifest("orders/1/wal/x/manifest"), "");
}

TEST(ClusterName, TakesWhatIsPlainInEveryStore) {
  for (const auto* name : {"orders", "O-1_b.c", "7", "-"}) EXPECT_TRUE(check_cluster_name(name));
  EXPECT_TRUE(check_cluster_name(std::string(63, 'a')));
}

TEST(ClusterName, RefusesEverythingElse) {
  for (const auto* name : {"", ".", "..", ".orders", "a/b", "a b", "a\n", "\xc3\xa4"}) {
    const auto checked = check_cluster_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::configuration);
  }
  EXPECT_FALSE(check_cluster_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace walden
