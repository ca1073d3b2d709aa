#include "common/call/caller.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::optional<CommandLine> split(std::vector<const char*> words) {
  words.insert(words.begin(), "wal-push");
  return split_command_line(static_cast<int>(words.size()), words.data());
}

TEST(SplitCommandLine, TellsOptionsFromArguments) {
  const auto line =
      split({"--config", "/etc/x", "pg_wal/A", "--cluster=orders", "A", "--x", "--y"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->options, ElementsAre("--config", "/etc/x", "--cluster=orders", "--x", "--y"));
  EXPECT_THAT(line->arguments, ElementsAre("pg_wal/A", "A"));
}

TEST(SplitCommandLine, TakesEverythingBehindTwoDashesForArguments) {
  const auto line = split({"--a=b", "--", "--config", "--help", "x"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->options, ElementsAre("--a=b"));
  EXPECT_THAT(line->arguments, ElementsAre("--config", "--help", "x"));
}

TEST(SplitCommandLine, TakesAnEmptyValueAndAnEmptyArgument) {
  const auto line = split({"--a=", "", "--b", ""});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->options, ElementsAre("--a=", "--b", ""));
  EXPECT_THAT(line->arguments, ElementsAre(""));
}

TEST(SplitCommandLine, LeavesHelpAndVersionToTheProgram) {
  for (const char* word : {"--help", "-h", "--version"}) {
    EXPECT_FALSE(split({word})) << word;
    EXPECT_FALSE(split({"pg_wal/A", "A", word})) << word;
  }
}

TEST(SplitCommandLine, LeavesAnOptionWithoutItsWordToTheProgram) {
  EXPECT_FALSE(split({"pg_wal/A", "A", "--config"}));
  EXPECT_FALSE(split({"-"}));
}

TEST(SplitCommandLine, FindsNothingInAnEmptyLine) {
  const auto line = split({});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->options, IsEmpty());
  EXPECT_THAT(line->arguments, IsEmpty());
}

class AsksForNoWorker : public ::testing::Test {
 protected:
  AsksForNoWorker() { environment_.set("WALDEN_WORKER", std::nullopt); }
  bool asks(const std::vector<const char*>& words) { return asks_for_no_worker(*split(words)); }
  testing::Environment environment_;
};

TEST_F(AsksForNoWorker, WithTheOptionInBothForms) {
  EXPECT_FALSE(asks({}));
  EXPECT_TRUE(asks({"--worker", "off"}));
  EXPECT_TRUE(asks({"--worker=off"}));
  EXPECT_FALSE(asks({"--worker", "on"}));
  EXPECT_FALSE(asks({"--worker=on"}));
}

TEST_F(AsksForNoWorker, WithTheVariable) {
  environment_.set("WALDEN_WORKER", "off");
  EXPECT_TRUE(asks({}));
  EXPECT_TRUE(asks({"--config", "off"}));
  for (const char* other : {"", "on", "offline"}) {
    environment_.set("WALDEN_WORKER", other);
    EXPECT_FALSE(asks({})) << other;
  }
}

TEST_F(AsksForNoWorker, GoesByTheCommandLineRatherThanTheEnvironment) {
  environment_.set("WALDEN_WORKER", "off");
  EXPECT_FALSE(asks({"--worker", "on"}));
  EXPECT_FALSE(asks({"--worker=on"}));
  environment_.set("WALDEN_WORKER", "on");
  EXPECT_TRUE(asks({"--worker", "off"}));
  EXPECT_TRUE(asks({"--worker=off"}));
}

TEST_F(AsksForNoWorker, GoesByTheLastWord) {
  EXPECT_TRUE(asks({"--worker=on", "--worker", "off"}));
  EXPECT_FALSE(asks({"--worker", "off", "--worker=on"}));
}

class CallerIdentity : public ::testing::Test {
 protected:
  void SetUp() override { fs::current_path(folder_.path()); }
  void TearDown() override { fs::current_path("/"); }
  std::string identity(const std::vector<const char*>& words = {"pg_wal/A", "A"}) {
    return caller_identity("1:2", *split(words)).value();
  }
  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
};

TEST_F(CallerIdentity, IsTheSameForEverySegment) {
  EXPECT_EQ(identity({"pg_wal/A", "A"}), identity({"pg_wal/B", "B"}));
}

TEST_F(CallerIdentity, ChangesWithTheWorker) {
  EXPECT_NE(identity(), caller_identity("1:3", *split({"pg_wal/A", "A"})).value());
}

TEST_F(CallerIdentity, TellsAReplacedWorkerFromTheOneBefore) {
  const fs::path old_one = folder_ / "old";
  const fs::path new_one = folder_ / "new";
  testing::write_text(old_one, "worker");
  testing::write_text(new_one, "worker");
  const std::string before = file_number(old_one);
  EXPECT_NE(before, "");
  EXPECT_EQ(file_number(old_one), before);
  fs::rename(new_one, old_one);
  EXPECT_NE(file_number(old_one), before);
  EXPECT_EQ(file_number(new_one), "");
}

TEST_F(CallerIdentity, ChangesWithTheDirectory) {
  const std::string before = identity();
  fs::create_directory(folder_ / "other");
  fs::current_path(folder_ / "other");
  EXPECT_NE(identity(), before);
}

// As in another container, or where something was mounted over it.
TEST_F(CallerIdentity, ChangesWithADirectoryOfTheSameName) {
  const fs::path here = fs::current_path();
  fs::create_directory("place");
  fs::create_directory("other");
  fs::current_path("place");
  const std::string before = identity();
  fs::rename(here / "place", here / "gone");
  fs::rename(here / "other", here / "place");
  fs::current_path(here / "place");
  EXPECT_NE(identity(), before);
  fs::current_path(here);
}

TEST_F(CallerIdentity, IsNoneInADirectoryThatIsGone) {
  fs::create_directory(folder_ / "gone");
  fs::current_path(folder_ / "gone");
  fs::remove(folder_ / "gone");
  EXPECT_FALSE(caller_identity("1:2", *split({})));
}

TEST_F(CallerIdentity, ChangesWithTheOptions) {
  const std::string none = identity();
  const std::string one = identity({"--cluster", "a", "pg_wal/A", "A"});
  EXPECT_NE(none, one);
  EXPECT_NE(one, identity({"--cluster", "b", "pg_wal/A", "A"}));
  EXPECT_NE(one, identity({"--cluster=a", "--cipher=x", "pg_wal/A", "A"}));
}

TEST_F(CallerIdentity, KeepsOptionsAndVariablesApart) {
  environment_.set("WALDEN_CLUSTER", "a");
  const std::string variable = identity();
  environment_.set("WALDEN_CLUSTER", std::nullopt);
  EXPECT_NE(variable, identity({"WALDEN_CLUSTER=a", "--x", "WALDEN_CLUSTER=a"}));
  EXPECT_NE(identity({"--a", "bc"}), identity({"--ab", "c"}));
}

TEST_F(CallerIdentity, ChangesWithWhatSettingsAndCredentialsAreReadFrom) {
  for (const char* name : {"WALDEN_STORE", "WALDEN_CONFIG", "AWS_ACCESS_KEY_ID", "AWS_PROFILE",
                           "HOME", "SSL_CERT_FILE", "https_proxy", "PATH"}) {
    const std::string before = identity();
    environment_.set(name, "another");
    const std::string set = identity();
    EXPECT_NE(set, before) << name;
    environment_.set(name, "a third");
    EXPECT_NE(identity(), set) << name;
  }
}

TEST_F(CallerIdentity, DoesNotChangeWithOtherVariables) {
  const std::string before = identity();
  for (const char* name : {"TERM", "PGDATA", "WALDENX", "AWS", "HOMER", "LANG", "_"}) {
    environment_.set(name, "another");
    EXPECT_EQ(identity(), before) << name;
  }
}

TEST_F(CallerIdentity, DoesNotChangeWithTheOrderOfTheVariables) {
  environment_.set("WALDEN_A", std::nullopt);
  environment_.set("WALDEN_B", std::nullopt);
  environment_.set("WALDEN_A", "1");
  environment_.set("WALDEN_B", "2");
  const std::string before = identity();
  environment_.set("WALDEN_A", std::nullopt);
  environment_.set("WALDEN_A", "1");
  EXPECT_EQ(identity(), before);
}

class WorkerCallOf : public ::testing::Test {
 protected:
  WorkerCallOf() {
    environment_.set("WALDEN_WORKER", std::nullopt);
    environment_.set("WALDEN_WORKER_DIRECTORY", folder_.path());
  }
  std::optional<WorkerCall> call(const CalledProgram& program, std::vector<const char*> words) {
    words.insert(words.begin(), program.name);
    return worker_call(program, worker_, static_cast<int>(words.size()), words.data());
  }
  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
  std::string worker_ = "1:2";
};

TEST_F(WorkerCallOf, IsNoneWhereThereIsNoWorkersProgram) {
  worker_.clear();
  EXPECT_FALSE(call(kWalPush, {"pg_wal/A", "A"}));
}

TEST_F(WorkerCallOf, KnowsWhichArgumentIsThePath) {
  const auto push = call(kWalPush, {"pg_wal/A", "B"});
  ASSERT_TRUE(push);
  EXPECT_EQ(push->request.path, "pg_wal/A");
  EXPECT_EQ(push->request.name, "B");
  worker_ = "1:3";
  const auto fetch = call(kWalFetch, {"B", "pg_wal/RECOVERYXLOG"});
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->request.path, "pg_wal/RECOVERYXLOG");
  EXPECT_EQ(fetch->request.name, "B");
  EXPECT_NE(push->address.socket, fetch->address.socket);
}

TEST_F(WorkerCallOf, IsOnlyWhatPostgresqlAsks) {
  for (const char* path : {"/srv/pg_wal/A", "A", "./pg_wal/A", "pg_wal", "pg_wal/", "pg_wal/a/A",
                           "pg_wal/../A", "../pg_wal/A", "pg_walA", "pg_wal//A", ""}) {
    EXPECT_FALSE(call(kWalPush, {path, "A"})) << path;
    EXPECT_FALSE(call(kWalFetch, {"A", path})) << path;
  }
}

TEST_F(WorkerCallOf, IsNoneForAnyOtherNumberOfArguments) {
  EXPECT_FALSE(call(kWalPush, {}));
  EXPECT_FALSE(call(kWalPush, {"pg_wal/A"}));
  EXPECT_FALSE(call(kWalPush, {"pg_wal/A", "A", "B"}));
  EXPECT_FALSE(call(kWalPush, {"serve", "pg_wal/A", "A"}));
}

TEST_F(WorkerCallOf, IsNoneWhereNoWorkerIsWanted) {
  EXPECT_FALSE(call(kWalPush, {"--worker", "off", "pg_wal/A", "A"}));
  EXPECT_FALSE(call(kWalPush, {"--version", "pg_wal/A", "A"}));
  environment_.set("WALDEN_WORKER", "off");
  EXPECT_FALSE(call(kWalPush, {"pg_wal/A", "A"}));
}

}  // namespace
}  // namespace walden
