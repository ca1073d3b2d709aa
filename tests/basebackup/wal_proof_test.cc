#include "basebackup/wal_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/archive/cluster_marker.h"
#include "common/store/memory_store.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kSegmentSize = 16U << 20U;

// A store that cannot be asked the first few times.
class FalteringStore final : public Store {
 public:
  FalteringStore(Store& real, int failures) : real_(real), failures_(failures) {}
  std::string describe() const override { return real_.describe(); }
  Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    return real_.create(name);
  }
  Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    return real_.read(name, range, sink);
  }
  Result<ObjectEntry> stat(std::string_view name) override {
    if (failures_-- > 0) return fail(ErrorKind::transient, "the store does not answer");
    return real_.stat(name);
  }
  Result<> list(const ListRequest& request, const Visitor& visit) override {
    return real_.list(request, visit);
  }

 private:
  Store& real_;
  int failures_;
};

class WalProof : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        create_marker(store_, {.cluster = "orders", .system_identifier = 7, .created = {}}));
  }

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

TEST_F(WalProof, IsNotGivenUpForAStoreThatFaltersForAMoment) {
  archive_segment(3);
  archive_segment(4);
  FalteringStore faltering(store_, 2);
  WalArchive archive(faltering, archive_.names());
  EXPECT_TRUE(prove_wal(archive, needed_, {}, cancel_));
}

TEST_F(WalProof, EndsAtTheDeadlineWithWhatTheStoreSaidLast) {
  FalteringStore silent(store_, 1'000'000);
  WalArchive archive(silent, archive_.names());
  const auto proof = prove_wal(archive, needed_, {.deadline = std::chrono::seconds(0)}, cancel_);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().cause, "the store does not answer");
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
