#include "basebackup/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

BackupSummary backup(const std::string& id, Timeline timeline, std::uint64_t start) {
  BackupSummary summary = sample_summary();
  summary.id = id;
  summary.timeline = timeline;
  summary.start = Lsn{start};
  summary.stop = Lsn{start + 0x100};
  return summary;
}

std::vector<std::string> ids(const Catalog& catalog) {
  std::vector<std::string> found;
  for (const auto& entry : catalog.backups) found.push_back(entry.id);
  return found;
}

class CatalogTest : public ::testing::Test {
 protected:
  void store(const BackupSummary& summary) {
    store_sample_backup(store_, summary, {{"PG_VERSION", "15\n"}});
  }
  Catalog read() {
    auto catalog = read_catalog(store_, names_, {});
    EXPECT_TRUE(catalog) << catalog.error().cause;
    return catalog ? *catalog : Catalog{};
  }

  MemoryStore store_;
  ObjectNames names_ = names_of(sample_summary());
};

TEST_F(CatalogTest, OrdersBackupsByTimelineAndPositionNotByTheClockInTheirNames) {
  store(backup("20261121T030000Z-tl2-03", 2, 0x3000028));
  store(backup("20261122T030000Z-tl1-05", 1, 0x5000028));
  store(backup("20261123T030000Z-tl1-04", 1, 0x4000028));
  EXPECT_THAT(ids(read()), ElementsAre("20261123T030000Z-tl1-04", "20261122T030000Z-tl1-05",
                                       "20261121T030000Z-tl2-03"));
}

TEST_F(CatalogTest, CountsAFolderWithoutAManifestAsUnfinished) {
  store(backup("20261121T030000Z-tl1-03", 1, 0x3000028));
  ASSERT_TRUE(create_object(store_, names_.pack("20261122T030000Z-tl1-04", 1), bytes_of("x")));
  const Catalog catalog = read();
  EXPECT_EQ(catalog.backups.size(), 1U);
  EXPECT_THAT(catalog.unfinished, ElementsAre("20261122T030000Z-tl1-04"));
}

// Its packs are there because others refer to them: nobody is to wonder what was interrupted.
TEST_F(CatalogTest, DoesNotCountAsUnfinishedWhatHasExpired) {
  const std::string id = "20261122T030000Z-tl1-04";
  ASSERT_TRUE(create_object(store_, names_.pack(id, 1), bytes_of("x")));
  ASSERT_TRUE(create_object(store_, names_.expired_mark(id), bytes_of("x")));
  EXPECT_TRUE(read().unfinished.empty());
}

TEST_F(CatalogTest, KeepsTheOthersWhenOneManifestIsDamaged) {
  store(backup("20261121T030000Z-tl1-03", 1, 0x3000028));
  store(backup("20261122T030000Z-tl1-04", 1, 0x4000028));
  auto& manifest = *store_.content_of(names_.manifest("20261122T030000Z-tl1-04"));
  manifest[manifest.size() / 2] ^= 1U;
  for (std::size_t i = 200; i < 300; ++i) manifest[i] ^= 1U;
  const Catalog catalog = read();
  ASSERT_EQ(catalog.backups.size(), 2U);
  EXPECT_TRUE(catalog.backups[0].summary);
  EXPECT_FALSE(catalog.backups[1].summary);
  EXPECT_NE(catalog.backups[1].damaged, "");
}

TEST_F(CatalogTest, KnowsASealedBackupByItsNameOnly) {
  Sealing sealing;
  sealing.recipients = {SecretKey::generate().recipient()};
  store_sample_backup(store_, sample_summary(), {{"PG_VERSION", "15\n"}}, sealing);
  const Catalog catalog = read();
  ASSERT_EQ(catalog.backups.size(), 1U);
  EXPECT_FALSE(catalog.backups[0].summary);
  EXPECT_THAT(catalog.backups[0].sealed, HasSubstr("key"));
}

TEST_F(CatalogTest, FindsABackupByAnyPartOfItsIdThatOnlyOneHas) {
  store(backup("20261121T031702Z-tl1-03", 1, 0x3000028));
  store(backup("20261122T031655Z-tl1-04", 1, 0x4000028));
  const Catalog catalog = read();
  EXPECT_EQ(find_backup(catalog, "0317")->id, "20261121T031702Z-tl1-03");
  const auto both = find_backup(catalog, "tl1");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().kind, ErrorKind::usage);
  EXPECT_THAT(both.error().remedy, HasSubstr("20261122T031655Z-tl1-04"));
  EXPECT_EQ(find_backup(catalog, "2030").error().kind, ErrorKind::usage);
}

TEST_F(CatalogTest, DoesNotTakeABlankClusterForProduction) {
  store(backup("20261121T031702Z-tl1-03", 1, 0x3000028));
  EXPECT_EQ(*choose_system_identifier(store_, "orders", 5, 0), sample_summary().system_identifier);
  BackupSummary blank = sample_summary();
  blank.system_identifier = 7;
  store(blank);
  EXPECT_EQ(choose_system_identifier(store_, "orders", 5, 0).error().kind, ErrorKind::usage);
  EXPECT_EQ(*choose_system_identifier(store_, "orders", 5, 7), 7U);
}

TEST_F(CatalogTest, RefusesASystemThatTheArchiveDoesNotKnowAndNamesThoseItDoes) {
  store(backup("20261121T031702Z-tl1-03", 1, 0x3000028));
  const auto chosen = choose_system_identifier(store_, "orders", 5, 6);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().kind, ErrorKind::usage);
  EXPECT_THAT(chosen.error().remedy,
              HasSubstr(std::to_string(sample_summary().system_identifier) + ", 5"));
  EXPECT_EQ(*choose_system_identifier(store_, "orders", 5, 5), 5U);
}

TEST_F(CatalogTest, WithoutBackupsTheMarkersSystemIsMeant) {
  EXPECT_EQ(*choose_system_identifier(store_, "orders", 5, 0), 5U);
}

}  // namespace
}  // namespace walden
