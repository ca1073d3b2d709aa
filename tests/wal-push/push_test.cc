#include <gmock/gmock.h>

#include "tests/support/archive_host.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::ArchiveHost;
using ::testing::HasSubstr;
using testing::kOtherSystem;
using testing::kSystem;
using ::testing::Not;
using testing::Outcome;
using testing::SegmentSpec;

constexpr std::uint32_t kMegabyte = 1U << 20U;

class WalPush : public ::testing::Test {
 protected:
  std::string segment(const SegmentSpec& spec) {
    return testing::write_segment(host.wal(), spec).filename();
  }
  void expect_stored(const std::string& name, std::uint64_t system = kSystem) {
    const Outcome pushed = host.push_named(name);
    EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
    EXPECT_EQ(pushed.out, "");
    EXPECT_TRUE(fs::exists(host.object(name, system)));
    EXPECT_EQ(host.temporaries(), 0);
  }
  // Refused with 1, nothing stored, three lines at most. Returns what was said.
  std::string expect_refused(const std::string& name) {
    const Outcome pushed = host.push_named(name);
    EXPECT_EQ(pushed.exit_code, 1) << pushed.err;
    EXPECT_THAT(pushed.err, ::testing::StartsWith("wal-push: "));
    EXPECT_LE(std::ranges::count(pushed.err, '\n'), 3) << pushed.err;
    EXPECT_EQ(host.temporaries(), 0);
    return pushed.err;
  }
  ArchiveHost host;
};

TEST_F(WalPush, StoresASegmentWithoutAWord) {
  const std::string name = segment({});
  const Outcome pushed = host.push_named(name);
  EXPECT_EQ(pushed.exit_code, 0);
  EXPECT_EQ(pushed.out + pushed.err, "");
  EXPECT_LT(fs::file_size(host.object(name)), kMegabyte);  // the fill compresses well
}

TEST_F(WalPush, StoresSegmentsOfEverySize) {
  for (const std::uint32_t size : {1U, 16U, 64U}) {
    expect_stored(segment({.number = 5 + size, .size = size * kMegabyte}));
  }
}

TEST_F(WalPush, StoresPartialsAndHistories) {
  const std::string whole = segment({.number = 9});
  fs::rename(host.wal() / whole, host.wal() / (whole + ".partial"));
  expect_stored(whole + ".partial");
  testing::write_text(host.wal() / "00000002.history", "1\t0/C000028\tno recovery target\n");
  expect_stored("00000002.history");
  testing::write_text(host.wal() / (whole + ".00000028.backup"), "START WAL LOCATION: 0/9000028\n");
  expect_stored(whole + ".00000028.backup");
}

TEST_F(WalPush, TakesTheNameFromThePathWhenNoneIsGiven) {
  const std::string name = segment({});
  EXPECT_EQ(testing::run(host.push({(host.wal() / name).native()})).exit_code, 0);
  EXPECT_TRUE(fs::exists(host.object(name)));
}

TEST_F(WalPush, AcceptsTheSameContentAgainInSilence) {
  const std::string name = segment({});
  expect_stored(name);
  const std::string before = testing::read_text(host.object(name));
  const Outcome again = host.push_named(name);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out + again.err, "");
  EXPECT_TRUE(testing::read_text(host.object(name)) == before);
}

TEST_F(WalPush, RefusesOtherContentUnderAUsedName) {
  const std::string name = segment({});
  expect_stored(name);
  const std::string before = testing::read_text(host.object(name));
  segment({.fill = 0x77});
  const std::string said = expect_refused(name);
  EXPECT_THAT(said, AllOf(HasSubstr(name), HasSubstr("other content"), HasSubstr("Two servers")));
  EXPECT_TRUE(testing::read_text(host.object(name)) == before);
}

TEST_F(WalPush, ComparesSealedObjectsWithoutAKeyThatOpensThem) {
  const std::string recipient = host.make_key("key");
  fs::remove(host.folder() / "key");
  host.configure("recipients = [\"" + recipient + "\"]");
  const std::string name = segment({});
  expect_stored(name);
  const std::string before = testing::read_text(host.object(name));
  EXPECT_THAT(before, Not(HasSubstr("ZZZZZZZZ")));
  expect_stored(name);
  segment({.fill = 0x77});
  EXPECT_THAT(expect_refused(name), HasSubstr("other content"));
  EXPECT_TRUE(testing::read_text(host.object(name)) == before);
}

TEST_F(WalPush, SaysThatTheStoredObjectIsDamaged) {
  const std::string name = segment({});
  expect_stored(name);
  testing::damage(host.object(name));
  EXPECT_THAT(expect_refused(name), HasSubstr("move the damaged object away"));
}

TEST_F(WalPush, RefusesAnotherClustersSegment) {
  const std::string name = segment({.system_identifier = kOtherSystem});
  EXPECT_THAT(expect_refused(name),
              AllOf(HasSubstr(std::to_string(kOtherSystem)), HasSubstr(std::to_string(kSystem))));
  EXPECT_FALSE(fs::exists(host.object(name)));
  EXPECT_FALSE(fs::exists(host.object(name, kOtherSystem)));
}

TEST_F(WalPush, GoesByTheMarkerWhereThereIsNoControlFile) {
  fs::remove_all(host.pgdata() / "global");
  expect_stored(segment({.number = 3}));
  const std::string other = segment({.system_identifier = kOtherSystem, .number = 4});
  EXPECT_THAT(expect_refused(other), HasSubstr("cluster \"orders\" is system"));
}

TEST_F(WalPush, KeepsAServersOwnFolderWhenItIsNoLongerTheMarkersSystem) {
  testing::write_control_file(host.pgdata(), kOtherSystem);
  const std::string name = segment({.system_identifier = kOtherSystem});
  const Outcome pushed = host.push_named(name);
  EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_THAT(pushed.err, AllOf(HasSubstr(std::to_string(kOtherSystem)),
                                HasSubstr("into the folder of"), ::testing::EndsWith("\n")));
  EXPECT_EQ(std::ranges::count(pushed.err, '\n'), 1);
  EXPECT_TRUE(fs::exists(host.object(name, kOtherSystem)));
  EXPECT_FALSE(fs::exists(host.object(name)));
  EXPECT_THAT(expect_refused(segment({.number = 2})), HasSubstr("this server is system"));
}

TEST_F(WalPush, RefusesATruncatedSegment) {
  for (const std::uint64_t size : {0ULL, 20ULL, 8192ULL, (16ULL << 20U) - 1}) {
    const std::string name = segment({});
    fs::resize_file(host.wal() / name, size);
    EXPECT_THAT(expect_refused(name), HasSubstr(name)) << size;
    EXPECT_FALSE(fs::exists(host.object(name)));
  }
}

TEST_F(WalPush, RefusesASegmentWhoseNameIsNotItsAddress) {
  const std::string name = segment({.number = 7});
  fs::rename(host.wal() / name, host.wal() / "000000010000000000000008");
  (void)expect_refused("000000010000000000000008");
  EXPECT_FALSE(fs::exists(host.object("000000010000000000000008")));
}

TEST_F(WalPush, RefusesASegmentOfALaterTimelineThanItsName) {
  const std::string name = segment({.timeline = 2});
  fs::rename(host.wal() / name, host.wal() / "000000010000000000000001");
  (void)expect_refused("000000010000000000000001");
}

TEST_F(WalPush, RefusesHistoriesThatAreNone) {
  testing::write_text(host.wal() / "00000002.history", "garbage\n");
  EXPECT_THAT(expect_refused("00000002.history"), HasSubstr("00000002.history"));
  testing::write_text(host.wal() / "000000010000000000000001.00000028.backup", "");
  EXPECT_THAT(expect_refused("000000010000000000000001.00000028.backup"), HasSubstr("empty"));
}

TEST_F(WalPush, RefusesAPlaceWithoutAMarker) {
  fs::remove(host.marker());
  EXPECT_THAT(expect_refused(segment({})),
              AllOf(HasSubstr("cluster.json"), HasSubstr("Mount the store"),
                    HasSubstr("do not run basebackup init")));
  EXPECT_FALSE(fs::exists(host.object("000000010000000000000001")));
}

TEST_F(WalPush, NeverMakesAStoreThatIsGone) {
  fs::remove_all(host.store_directory());
  EXPECT_THAT(expect_refused(segment({})), HasSubstr("Mount its file system"));
  EXPECT_FALSE(fs::exists(host.store_directory()));
}

TEST_F(WalPush, CountsWhatWaitsInTheEffect) {
  fs::remove(host.marker());
  for (const auto* name : {"a.ready", "b.ready", "c.done"}) {
    testing::write_text(host.wal() / "archive_status" / name, "");
  }
  EXPECT_THAT(expect_refused(segment({})),
              HasSubstr("pg_wal grows until then (now 2 segments waiting)."));
}

TEST_F(WalPush, SpeaksOfNoArchiverWhereNothingWaitsForOne) {
  EXPECT_THAT(expect_refused("000000010000000000000001"), Not(HasSubstr("pg_wal grows")));
}

TEST_F(WalPush, FailsWithOneForAFileThatIsNotThere) {
  EXPECT_THAT(expect_refused("000000010000000000000001"), HasSubstr("No such file"));
}

TEST_F(WalPush, FailsWithOneForEveryWrongCommandLine) {
  const std::vector<std::vector<std::string>> lines = {
      {},
      {"--nonsense"},
      {"pg_wal/not-a-segment"},
      {"a", "b", "c"},
      {"pg_wal/x", "../../x"},
      {"--config", "/nowhere/walden.toml", "pg_wal/000000010000000000000001"}};
  for (const auto& line : lines) {
    const Outcome outcome = testing::run(host.push(line));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_NE(outcome.err, "");
  }
}

TEST_F(WalPush, ExplainsItselfOnRequest) {
  const Outcome help = testing::run(host.push({"--help"}));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("archive_command"), HasSubstr("--store")));
  EXPECT_EQ(testing::run(host.push({"--version"})).exit_code, 0);
}

TEST_F(WalPush, AcknowledgesNothingWithAVersionFlagLeftInTheCommand) {
  for (const char* flag : {"--version", "--help"}) {
    EXPECT_EQ(testing::run(host.push({flag, "pg_wal/000000010000000000000001"})).exit_code, 1);
  }
}

}  // namespace
}  // namespace walden
