#include "common/postgres/replication_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/postgres/control_file.h"
#include "tests/support/postgres_server.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReplicationConnection, IsTransientWhereThereIsNoServer) {
  const auto connection = ReplicationConnection::open("host=/nowhere/at/all user=backup");
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, ErrorKind::transient);
  EXPECT_THAT(connection.error().cause, Not(HasSubstr("\n")));
}

TEST(ReplicationConnection, NeverRepeatsAPasswordThatItCannotParse) {
  const auto connection = ReplicationConnection::open("host=db1 password=open sesame");
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, ErrorKind::configuration);
  EXPECT_THAT(connection.error().cause, Not(HasSubstr("sesame")));
}

TEST(ReplicationConnection, NamesAnOptionThatDoesNotExist) {
  const auto connection = ReplicationConnection::open("hots=db1");
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, ErrorKind::configuration);
  EXPECT_THAT(connection.error().cause, HasSubstr("hots"));
}

class ReplicationConnectionToAServer : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    server_ = std::make_unique<PostgresServer>();
    server_->start();
  }
  std::unique_ptr<PostgresServer> server_;
};

TEST_F(ReplicationConnectionToAServer, KnowsTheSystemAndItsSettings) {
  auto connection = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(connection) << connection.error().cause;
  EXPECT_EQ(std::to_string(connection->server_version()),
            server_->value("SHOW server_version_num"));
  const auto identity = connection->identify_system();
  ASSERT_TRUE(identity) << identity.error().cause;
  EXPECT_EQ(std::to_string(identity->system_identifier), server_->system_identifier());
  EXPECT_EQ(identity->system_identifier, read_control_file(server_->pgdata())->system_identifier);
  EXPECT_EQ(identity->timeline, 1U);
  EXPECT_GT(identity->flush_lsn.value, 0U);
  EXPECT_EQ(connection->show("wal_segment_size").value_or("none"), "16MB");
  EXPECT_FALSE(connection->is_standby().value());
}

TEST_F(ReplicationConnectionToAServer, CanBeUsedAfterARefusal) {
  auto connection = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(connection) << connection.error().cause;
  const auto nothing = connection->show("no_such_setting");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().cause, HasSubstr("no_such_setting"));
  EXPECT_EQ(connection->show("x; DROP").error().kind, ErrorKind::usage);
  EXPECT_TRUE(connection->identify_system());
}

TEST_F(ReplicationConnectionToAServer, SaysHowToGrantTheRightToReplicate) {
  server_->sql("CREATE ROLE nobody_much LOGIN");
  const auto refused = ReplicationConnection::open(server_->conninfo() + " user=nobody_much");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_THAT(refused.error().remedy, HasSubstr("REPLICATION"));
}

TEST_F(ReplicationConnectionToAServer, OffersAnotherUserWhereTheRoleDoesNotExist) {
  const auto refused = ReplicationConnection::open(server_->conninfo() + " user=nobody_at_all");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_THAT(refused.error().remedy, HasSubstr("--connection 'user="));
}

TEST_F(ReplicationConnectionToAServer, SaysWhichLineOfPgHbaIsMissing) {
  server_->sql("CREATE ROLE archivist LOGIN REPLICATION");
  {
    std::ofstream hba(server_->pgdata() / "pg_hba.conf", std::ios::trunc);
    hba << "local all all trust\n";
  }
  server_->reload();
  // The server takes the new file a moment after it was told to.
  Result<ReplicationConnection> refused = fail(ErrorKind::usage, "not tried");
  ASSERT_TRUE(eventually([&] {
    refused = ReplicationConnection::open(server_->conninfo() + " user=archivist");
    return !refused;
  }));
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_THAT(refused.error().remedy, HasSubstr("pg_hba.conf"));
}

TEST_F(ReplicationConnectionToAServer, IsTransientWhenAllSendersAreTaken) {
  server_->set("max_wal_senders", "1");
  server_->restart();
  const auto first = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(first) << first.error().cause;
  const auto second = ReplicationConnection::open(server_->conninfo());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::transient) << second.error().cause;
}

TEST_F(ReplicationConnectionToAServer, GivesATimelinesHistoryAsItIs) {
  server_->stop();
  { std::ofstream signal(server_->pgdata() / "standby.signal"); }
  server_->start();
  server_->promote();
  auto connection = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(connection) << connection.error().cause;
  const auto history = connection->timeline_history(2);
  ASSERT_TRUE(history) << history.error().cause;
  ASSERT_TRUE(*history);
  std::ifstream file(server_->pgdata() / "pg_wal/00000002.history");
  EXPECT_EQ(**history, std::string(std::istreambuf_iterator<char>(file), {}));
  EXPECT_THAT(**history, HasSubstr("no recovery target specified"));
}

TEST_F(ReplicationConnectionToAServer, IsNoWorseForAHistoryThatTheServerLacks) {
  auto connection = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(connection) << connection.error().cause;
  const auto nothing = connection->timeline_history(7);
  ASSERT_TRUE(nothing) << nothing.error().cause;
  EXPECT_FALSE(*nothing);
  EXPECT_TRUE(connection->identify_system());
}

TEST_F(ReplicationConnectionToAServer, KnowsAStandby) {
  server_->stop();
  { std::ofstream signal(server_->pgdata() / "standby.signal"); }
  server_->start();
  auto connection = ReplicationConnection::open(server_->conninfo());
  ASSERT_TRUE(connection) << connection.error().cause;
  EXPECT_TRUE(connection->is_standby().value());
}

}  // namespace
}  // namespace walden::testing
