#include "basebackup/drill_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/memory_store.h"
#include "tests/basebackup/sample_drill.h"

namespace walden {
namespace {

using ::testing::ElementsAre;

class DrillArchive : public ::testing::Test {
 protected:
  DrillArchive() : key_(SecretKey::generate()), signing_(SigningKey::generate()) {
    sealing_.recipients = {key_.recipient()};
    sealing_.signing_key = std::make_shared<SigningKey>(std::move(signing_));
    trusting_.trusted_signers = {sealing_.signing_key->signer()};
  }
  Result<> keep(const DrillReport& report) {
    return store_drill(store_, names_, sealing_, {report, "<html>"});
  }

  MemoryStore store_;
  SecretKey key_;
  SigningKey signing_;
  Sealing sealing_;
  Opening trusting_;  // without a secret key
  DrillReport report_ = testing::sample_drill();
  ObjectNames names_{report_.cluster, report_.system_identifier};
};

TEST_F(DrillArchive, TellsTheVerdictWithoutAKeyAndNothingElse) {
  ASSERT_TRUE(keep(report_));
  const auto outline = read_drill_outline(store_, names_, report_.id, trusting_);
  ASSERT_TRUE(outline) << outline.error().cause;
  EXPECT_TRUE(outline->passed);
  EXPECT_EQ(outline->backup, report_.backup->id);
  for (const auto& refused : {read_drill_report(store_, names_, report_.id, trusting_).has_value(),
                              read_drill_page(store_, names_, report_.id, trusting_).has_value()}) {
    EXPECT_FALSE(refused);
  }
}

TEST_F(DrillArchive, GivesBackReportAndPageWithTheKey) {
  ASSERT_TRUE(keep(report_));
  Opening opening = trusting_;
  opening.secret_key = std::make_shared<SecretKey>(std::move(key_));
  const auto report = read_drill_report(store_, names_, report_.id, opening);
  ASSERT_TRUE(report) << report.error().cause;
  EXPECT_EQ(report->databases.size(), report_.databases.size());
  EXPECT_EQ(read_drill_page(store_, names_, report_.id, opening).value_or(""), "<html>");
}

TEST_F(DrillArchive, DoesNotBelieveAnOutlineOfAnotherSigner) {
  ASSERT_TRUE(keep(report_));
  trusting_.trusted_signers = {SigningKey::generate().signer()};
  EXPECT_FALSE(read_drill_outline(store_, names_, report_.id, trusting_));
}

TEST_F(DrillArchive, ListsDrillsInTheirOrderOnceTheirOutlineIsThere) {
  ASSERT_TRUE(keep(report_));
  report_.id = "20261021T230501Z";
  ASSERT_TRUE(keep(report_));
  ASSERT_TRUE(create_object(store_, names_.drill("20261221T000000Z", kDrillReport), {}));
  const auto ids = list_drills(store_, names_);
  ASSERT_TRUE(ids);
  EXPECT_THAT(*ids, ElementsAre("20261021T230501Z", "20261121T230501Z"));
}

TEST_F(DrillArchive, OverwritesNoReport) {
  ASSERT_TRUE(keep(report_));
  const auto again = keep(report_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::exists);
}

}  // namespace
}  // namespace walden
