// A backup whose files are put together from the packs of two backups, and from zeros.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "basebackup/restore_files.h"
#include "basebackup/verify_packs.h"
#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr const char* kEarlier = "20261120T031702Z-tl1-01";

std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return text;
}

// Counts what is read of the packs.
class CountingStore final : public Store {
 public:
  explicit CountingStore(Store& store) : store_(store) {}
  [[nodiscard]] std::string describe() const override { return store_.describe(); }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    return store_.create(name);
  }
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    if (range.length < ByteRange{}.length) bytes += range.length;
    return store_.read(name, range, sink);
  }
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override {
    return store_.stat(name);
  }
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override {
    return store_.list(request, visit);
  }
  std::atomic<std::uint64_t> bytes = 0;

 private:
  Store& store_;
};

class ComposedBackup : public ::testing::Test {
 protected:
  ComposedBackup() {
    BackupSummary earlier = sample_summary();
    earlier.id = kEarlier;
    old_ = noise(8 * kMiB, 1);
    new_ = noise(kMiB, 2);
    const Manifest first = store_sample_backup(memory_, earlier, {{"old", old_}});
    manifest_ =
        store_sample_backup(memory_, summary(), {{"new", new_}, {"global/pg_control", "c"}});
    frame_ = manifest_.files.at(1).runs.at(0).frame;
    PackRecord pack = first.packs.at(0);
    pack.number = 7;
    manifest_.packs.push_back(pack);
    manifest_.directories = {{.path = "global"}};
    place_.pgdata = folder_ / "data";
  }

  static BackupSummary summary() {
    BackupSummary summary = sample_summary();
    summary.kind = "incremental";
    summary.references = {kEarlier};
    return summary;
  }

  // `content` is what the runs are meant to make.
  void add(const std::string& path, std::vector<FileRun> runs, const std::string& content,
           ContentDigest::Kind kind) {
    manifest_.files.push_back({.path = path,
                               .size = content.size(),
                               .digest = ContentHasher::of(kind, bytes_of(content)),
                               .runs = std::move(runs)});
    expected_[path] = content;
  }

  // Of each MiB of the old file the first 8 KiB are new: many small runs in few frames.
  void add_scattered(const std::string& path, ContentDigest::Kind kind) {
    constexpr std::uint32_t kBlock = 8192;
    std::vector<FileRun> runs;
    std::string content = old_;
    for (std::uint32_t i = 0; i < 8; ++i) {
      runs.push_back({.pack = 1, .frame = frame_, .offset = i * kBlock, .length = kBlock});
      runs.push_back({.pack = 7, .frame = i, .offset = kBlock, .length = kMiB - kBlock});
      content.replace(i * kMiB, kBlock, new_.substr(i * kBlock, kBlock));
    }
    add(path, runs, content, kind);
  }

  Result<> restore() {
    file_.emplace(TRY(ManifestFile::of(manifest_)));
    TRY(tree_.claim(manifest_.summary));
    TRY(tree_.make_directories(*file_));
    return restore_files({.store = store_,
                          .names = names_,
                          .opening = opening_,
                          .manifest = *file_,
                          .tree = tree_,
                          .threads = 3,
                          .advance = [](std::uint64_t) {},
                          .cancel = cancel_});
  }
  void expect_restored() {
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error().cause;
    for (const auto& [path, content] : expected_) EXPECT_TRUE(text(path) == content) << path;
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
    return verification.problems();
  }
  std::string text(const std::string& path) const {
    std::ifstream file(place_.pgdata / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  testing::TemporaryDirectory folder_;
  MemoryStore memory_;
  CountingStore store_{memory_};
  ObjectNames names_ = names_of(sample_summary());
  Opening opening_;
  std::string old_;
  std::string new_;
  std::uint32_t frame_ = 0;  // in which the new one lies
  Manifest manifest_;
  std::map<std::string, std::string> expected_;
  std::optional<ManifestFile> file_;
  RestorePlace place_;
  RestoredTree tree_{place_};
  std::atomic<bool> cancel_ = false;
};

TEST_F(ComposedBackup, ComesBackWhateverProvesItsFiles) {
  using Kind = ContentDigest::Kind;
  for (const Kind kind : {Kind::none, Kind::chunked, Kind::sha256}) {
    const std::string name = std::to_string(static_cast<int>(kind));
    add_scattered("scattered" + name, kind);
    // Whole chunks: of this backup, of the other, and of zeros in between.
    add("chunks" + name,
        {{1, frame_, 0, kMiB}, {kZeros, 0, 0, 2 * kMiB}, {7, 3, 0, 3 * kMiB + kMiB / 2}},
        new_ + std::string(2 * kMiB, '\0') + old_.substr(3 * kMiB, 3 * kMiB + kMiB / 2), kind);
    add("small" + name, {{7, 2, kMiB - 100, 200}, {kZeros, 0, 0, 50}, {1, frame_, 5, 10}},
        old_.substr(3 * kMiB - 100, 200) + std::string(50, '\0') + new_.substr(5, 10), kind);
    add("zeros" + name, {{kZeros, 0, 0, 9 * kMiB + 3}}, std::string(9 * kMiB + 3, '\0'), kind);
    add("few_zeros" + name, {{kZeros, 0, 0, 100}}, std::string(100, '\0'), kind);
  }
  expect_restored();
  EXPECT_TRUE(problems().empty());
}

TEST_F(ComposedBackup, FetchesAFrameOnceForAllTheBlocksOfAFileInIt) {
  manifest_.files.clear();
  add_scattered("scattered", ContentDigest::Kind::none);
  ASSERT_TRUE(restore());
  // The eight frames of the old file, the one of the new, headers and footers.
  EXPECT_LT(store_.bytes, (8 + 1) * kMiB + (kMiB / 2));
}

TEST_F(ComposedBackup, LeavesHolesWhereThereAreZeros) {
  add("holes", {{1, frame_, 0, kMiB}, {kZeros, 0, 0, 8 * kMiB}}, new_ + std::string(8 * kMiB, '\0'),
      ContentDigest::Kind::chunked);
  expect_restored();
  struct stat facts {};
  ASSERT_EQ(::stat((place_.pgdata / "holes").c_str(), &facts), 0);
  EXPECT_LT(facts.st_blocks * 512, 2 * static_cast<int>(kMiB));
}

TEST_F(ComposedBackup, OfWhichAnEarlierPackIsGoneIsNotRestoredNorCalledGood) {
  add_scattered("scattered", ContentDigest::Kind::none);
  memory_.erase(manifest_.packs.back().object);
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().cause, HasSubstr(kEarlier));
  const auto found = problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().object, manifest_.packs.back().object);
}

TEST_F(ComposedBackup, OfChunksInTheWrongOrderIsNoticed) {
  add("chunks", {{7, 1, 0, kMiB}, {7, 0, 0, 7 * kMiB}}, old_, ContentDigest::Kind::chunked);
  EXPECT_FALSE(restore());
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems().front().object, "chunks");
}

// Anyone can seal to a public key: only the signature tells who has sealed the blocks.
TEST_F(ComposedBackup, IsNotRestoredFromPacksThatNobodyTrustedHasSigned) {
  add_scattered("scattered", ContentDigest::Kind::none);
  opening_.trusted_signers = {SigningKey::generate().signer()};
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().cause, HasSubstr("not signed"));
}

}  // namespace
}  // namespace walden
