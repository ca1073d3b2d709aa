// wal-push tells somebody when segments cannot be stored, and when they can again.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "common/bytes/file_descriptor.h"
#include "tests/support/archive_host.h"
#include "tests/support/fake_http_server.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::eventually;
using ::testing::HasSubstr;

class PushAlarmed : public ::testing::Test {
 protected:
  void SetUp() override { configure("1s"); }

  void configure(const std::string& after) {
    host.configure("state_directory = \"" + state().string() + "\"\n[alert]\nafter = \"" + after +
                   "\"\nwebhook = \"" + webhook.url() + "/hook\"");
  }
  [[nodiscard]] fs::path state() const { return host.folder() / "state"; }
  [[nodiscard]] fs::path note() const { return state() / "orders" / "push-failing"; }
  std::string segment(std::uint64_t number) {
    const testing::SegmentSpec spec{.number = number, .size = 1U << 20U};
    return testing::write_segment(host.wal(), spec).filename();
  }
  void take_store_away() { fs::rename(host.store_directory(), host.folder() / "away"); }
  void bring_store_back() { fs::rename(host.folder() / "away", host.store_directory()); }

  // What was heard, as "begun CRITICAL".
  [[nodiscard]] std::vector<json> heard() const {
    std::vector<json> all;
    for (const auto& request : webhook.requests()) all.push_back(json::parse(request.body));
    return all;
  }
  // As PostgreSQL does, until somebody has heard of it.
  void fail_until_heard(const std::string& name) {
    EXPECT_TRUE(eventually([&] {
      EXPECT_EQ(host.push_named(name).exit_code, 1);
      return !heard().empty();
    }));
  }

  int status = 200;
  testing::FakeHttpServer webhook{
      [this](const testing::FakeRequest&) { return testing::FakeAnswer{.status = status}; }};
  testing::ArchiveHost host;
};

TEST_F(PushAlarmed, TellsOncePerIncidentAndOnceAtItsEnd) {
  const std::string name = segment(1);
  ASSERT_EQ(host.push_named(name).exit_code, 0);
  take_store_away();
  const std::string next = segment(2);
  fail_until_heard(next);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(host.push_named(next).exit_code, 1);
  bring_store_back();
  ASSERT_EQ(host.push_named(next).exit_code, 0);
  ASSERT_TRUE(eventually([&] { return heard().size() >= 2 && !fs::exists(note()); }));
  ASSERT_EQ(host.push_named(segment(3)).exit_code, 0);
  const auto all = heard();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("occasion"), "begun");
  EXPECT_EQ(all[0].at("name"), "push");
  EXPECT_THAT(all[0].at("what").get<std::string>(), HasSubstr(next));
  EXPECT_EQ(all[1].at("occasion"), "over");
}

// What the other round has found, nobody knows here.
TEST_F(PushAlarmed, RemembersThatTheEndIsToBeToldWhileAnotherRoundIsUnderWay) {
  const std::string name = segment(1);
  take_store_away();
  fail_until_heard(name);
  const FileDescriptor lock(
      ::open((note().parent_path() / "alerts-push.json.lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(eventually([&] { return ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0; }));
  const std::string begun = testing::read_text(note());
  bring_store_back();
  EXPECT_EQ(host.push_named(name).exit_code, 0);
  EXPECT_TRUE(
      eventually([&] { return !fs::exists(note()) || testing::read_text(note()) != begun; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(fs::exists(note()));
}

TEST_F(PushAlarmed, SaysNothingOfAFailureThatPasses) {
  configure("1h");
  const std::string name = segment(1);
  take_store_away();
  EXPECT_EQ(host.push_named(name).exit_code, 1);
  EXPECT_TRUE(eventually([&] { return fs::exists(note()); }));
  bring_store_back();
  EXPECT_EQ(host.push_named(name).exit_code, 0);
  EXPECT_TRUE(eventually([&] { return !fs::exists(note()); }));
  EXPECT_TRUE(heard().empty());
}

TEST_F(PushAlarmed, StoresAndAnswersAsEverThoughNobodyCanBeTold) {
  status = 500;
  const std::string name = segment(1);
  take_store_away();
  fail_until_heard(name);
  bring_store_back();
  EXPECT_EQ(host.push_named(name).exit_code, 0);
  EXPECT_TRUE(fs::exists(host.object(name)));
}

TEST_F(PushAlarmed, StoresThoughTheAlertsAreMisspelt) {
  host.configure("[alert]\nwebhok = \"http://127.0.0.1:1\"");
  const std::string name = segment(1);
  EXPECT_EQ(host.push_named(name).exit_code, 0);
  EXPECT_TRUE(fs::exists(host.object(name)));
}

TEST_F(PushAlarmed, CountsADamagedNoteFromNowOn) {
  fs::create_directories(note().parent_path());
  testing::write_text(note(), "nonsense");
  const std::string name = segment(1);
  take_store_away();
  fail_until_heard(name);
  EXPECT_EQ(heard().at(0).at("occasion"), "begun");
}

}  // namespace
}  // namespace walden
