#include "basebackup/verify_record.h"

#include <gtest/gtest.h>

#include "tests/archive/memory_archive.h"

namespace walden {
namespace {

constexpr Instant at(int minutes) {
  return {1'795'231'000'000'000 + std::int64_t{minutes} * 60 * 1'000'000};
}

class VerifyRecordTest : public MemoryArchive {
 protected:
  void record(int minutes, bool good, const Sealing& sealing = {}) {
    const auto written =
        write_verify_record(store, archive.names(), {"backup", good, at(minutes)}, sealing);
    ASSERT_TRUE(written) << written.error().cause;
  }
  std::optional<VerifyRecord> last(const Opening& opening = {}) {
    const auto read = read_last_verify(store, archive.names(), opening);
    EXPECT_TRUE(read) << read.error().cause;
    return read ? read->record : std::nullopt;
  }
};

TEST_F(VerifyRecordTest, IsNoneWhereNothingWasVerified) {
  EXPECT_FALSE(last());
}

TEST_F(VerifyRecordTest, IsTheNewest) {
  record(1, true);
  record(2, true);
  record(3, false);
  ASSERT_TRUE(last());
  EXPECT_FALSE(last()->good);
  EXPECT_EQ(last()->at, at(3));
  EXPECT_EQ(last()->backup, "backup");
}

TEST_F(VerifyRecordTest, IsReadWithoutAKeyThoughBackupsAreSealed) {
  Sealing sealing;
  sealing.recipients = {SecretKey::generate().recipient()};
  record(1, true, sealing);
  EXPECT_TRUE(last());
}

TEST_F(VerifyRecordTest, CountsOnlyWhereATrustedSignerSigned) {
  const auto key = std::make_shared<const SigningKey>(SigningKey::generate());
  Sealing sealing;
  sealing.signing_key = key;
  record(1, true, sealing);
  record(2, true);
  Opening opening;
  opening.trusted_signers = {key->signer()};
  ASSERT_TRUE(last(opening));
  EXPECT_EQ(last(opening)->at, at(1));
}

}  // namespace
}  // namespace walden
