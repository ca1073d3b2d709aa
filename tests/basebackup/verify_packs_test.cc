#include "basebackup/verify_packs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

class VerifyPacks : public ::testing::Test {
 protected:
  VerifyPacks() {
    std::string large(5U << 20U, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i >> 7U);
    // On one thread: on several, where a pack ends depends on when frames are ready.
    manifest_ = store_sample_backup(
        store_, sample_summary(),
        {{"PG_VERSION", "15\n"}, {"base/1/2600", large}, {"base/1/empty", ""}, {"z", "end"}},
        {.threads = 1}, 1U << 16U);
  }

  std::vector<VerifyProblem> problems() {
    Verification verification;
    const ManifestFile manifest = ManifestFile::of(manifest_).value();
    const auto verified = verify_packs({.store = store_,
                                        .names = names_,
                                        .opening = opening_,
                                        .manifest = manifest,
                                        .threads = 3,
                                        .advance = [](std::uint64_t) {},
                                        .cancel = cancel_},
                                       verification);
    EXPECT_TRUE(verified) << verified.error().cause;
    counts_ = verification.counts();
    return verification.problems();
  }

  MemoryStore store_;
  ObjectNames names_ = names_of(sample_summary());
  Opening opening_;
  Manifest manifest_;
  std::atomic<bool> cancel_ = false;
  Verification::Counts counts_;
};

TEST_F(VerifyPacks, FindNothingWrongWithAWholeBackup) {
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(counts_.files, 4U);
  EXPECT_EQ(counts_.packs, manifest_.packs.size());
}

TEST_F(VerifyPacks, FindAFlippedBitAnywhereInAPack) {
  for (const std::size_t part : {3U, 5U, 7U}) {
    auto& pack = *store_.content_of(manifest_.packs.front().object);
    pack[pack.size() * part / 8] ^= 4U;
    const auto found = problems();
    ASSERT_FALSE(found.empty()) << part;
    EXPECT_EQ(found.front().object, manifest_.packs.front().object);
    pack[pack.size() * part / 8] ^= 4U;
  }
}

TEST_F(VerifyPacks, GoOnBehindAPackThatIsMissing) {
  ASSERT_GT(manifest_.packs.size(), 1U);
  store_.erase(manifest_.packs.front().object);
  const auto found = problems();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().object, manifest_.packs.front().object);
  EXPECT_EQ(counts_.packs, manifest_.packs.size());
}

TEST_F(VerifyPacks, FindAFileThatIsNotWhatTheManifestSays) {
  manifest_.files.back().digest.value[31] ^= 1U;
  const auto found = problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().object, manifest_.files.back().path);
}

TEST_F(VerifyPacks, CountTheFilesWithoutADigestOfTheWhole) {
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(counts_.without_digest, 0U);
  manifest_.files.back().digest = {.kind = ContentDigest::Kind::none, .value = {}};
  EXPECT_TRUE(problems().empty());
  EXPECT_EQ(counts_.without_digest, 1U);
  EXPECT_EQ(counts_.files, 4U);
}

TEST_F(VerifyPacks, FindAManifestThatPointsToTheWrongFrames) {
  std::swap(manifest_.packs.front().frame_sizes.front(), manifest_.packs.front().header_size);
  EXPECT_FALSE(problems().empty());
}

}  // namespace
}  // namespace walden
