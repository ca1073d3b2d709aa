#include "basebackup/wal_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/memory_store.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kSegmentSize = 16U << 20U;

class WalProof : public ::testing::Test {
 protected:
  void archive_segment(std::uint64_t number) {
    const auto name = archive_.names().wal(segment_name(1, SegmentNumber{number}, kSegmentSize));
    ASSERT_TRUE(create_object(store_, name, bytes_of("a segment")));
  }

  MemoryStore store_;
  WalArchive archive_{store_, ObjectNames("orders", 7)};
  std::atomic<bool> cancel_ = false;
  WalNeeded needed_ =
      wal_needed(1, Lsn{3ULL * kSegmentSize + 40}, Lsn{5ULL * kSegmentSize}, kSegmentSize);
};

TEST_F(WalProof, NeedsTheSegmentsFromTheStartToTheByteBeforeTheStop) {
  EXPECT_EQ(needed_.first.value, 3U);
  EXPECT_EQ(needed_.last.value, 4U);
  EXPECT_EQ(needed_.count(), 2U);
}

TEST_F(WalProof, IsGivenOnceEverySegmentIsThere) {
  archive_segment(3);
  archive_segment(4);
  EXPECT_TRUE(prove_wal(archive_, needed_, {}, cancel_));
}

TEST_F(WalProof, WaitsForASegmentThatComesLater) {
  archive_segment(3);
  std::vector<std::string> sentences;
  const WalWait wait{.waiting = [&](const std::string& sentence) {
    sentences.push_back(sentence);
    archive_segment(4);
  }};
  EXPECT_TRUE(prove_wal(archive_, needed_, wait, cancel_));
  EXPECT_THAT(sentences, ElementsAre("waiting for 000000010000000000000004 in the archive "
                                     "(1 of 2 segments are there)"));
}

TEST_F(WalProof, EndsAtTheDeadlineNamingTheSegmentAndTheArchiver) {
  archive_segment(3);
  const auto proof = prove_wal(archive_, needed_, {.deadline = std::chrono::seconds(0)}, cancel_);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().kind, ErrorKind::transient);
  EXPECT_THAT(proof.error().cause, HasSubstr("000000010000000000000004"));
  EXPECT_THAT(proof.error().remedy, HasSubstr("pg_stat_archiver"));
}

TEST_F(WalProof, SaysOnAStandbyThatOnlyThePrimaryCanFinishTheSegment) {
  const auto proof = prove_wal(
      archive_, needed_, {.deadline = std::chrono::seconds(0), .from_standby = true}, cancel_);
  ASSERT_FALSE(proof);
  EXPECT_THAT(proof.error().remedy, HasSubstr("pg_switch_wal"));
}

TEST_F(WalProof, EndsWhenItIsInterrupted) {
  const WalWait wait{.waiting = [&](const std::string&) { cancel_ = true; }};
  const auto proof = prove_wal(archive_, needed_, wait, cancel_);
  ASSERT_FALSE(proof);
  EXPECT_THAT(proof.error().cause, HasSubstr("interrupted"));
}

}  // namespace
}  // namespace walden
