#include "common/postgres/server_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "common/postgres/replication_connection.h"
#include "tests/support/postgres_server.h"

namespace walden::testing {
namespace {

using std::chrono::seconds;

// The server's process for our connection, which can be made to hang.
class HangingServer : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    server_ = std::make_unique<PostgresServer>();
    server_->start();
    connection_.emplace(ReplicationConnection::open(server_->conninfo()).value());
    pid_ = std::stoi(
        server_->value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walsender'"));
    ASSERT_EQ(::kill(pid_, SIGSTOP), 0);
  }
  void TearDown() override {
    if (pid_ != 0) ::kill(pid_, SIGCONT);
  }

  std::unique_ptr<PostgresServer> server_;
  std::optional<ReplicationConnection> connection_;
  pid_t pid_ = 0;
};

TEST_F(HangingServer, IsFoundByItsSilence) {
  ServerReader reader(connection_->raw(), "ask something", nullptr);
  ASSERT_TRUE(reader.send("IDENTIFY_SYSTEM"));
  const auto answer = reader.next_result(seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::transient);
  EXPECT_EQ(answer.error().cause, "cannot ask something: the server has been silent for 1 s");
}

TEST_F(HangingServer, DoesNotKeepAPersonWaiting) {
  const std::atomic<bool> cancel = true;
  ServerReader reader(connection_->raw(), "ask something", &cancel);
  ASSERT_TRUE(reader.send("IDENTIFY_SYSTEM"));
  const auto answer = reader.next_result(seconds(600));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().cause, "interrupted");
}

}  // namespace
}  // namespace walden::testing
