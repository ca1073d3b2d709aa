// Backups of a standby: it cannot finish a WAL segment, it follows others' timelines, and it may be
// promoted in the middle.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class StandbyBackup : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    primary().set("wal_keep_size", "256MB");
    primary().reload();
    cluster->take_backup();
    commit(primary(), "one");
    primary().archive_current_segment();
    standby = standby_of(primary());
    commit(primary(), "two");
    ASSERT_TRUE(eventually([&] { return rows(*standby) == "one two"; }));
  }

  PostgresServer& primary() { return cluster->primary(); }

  // Streams from `source`; reads the archive, too.
  std::unique_ptr<PostgresServer> standby_of(const PostgresServer& source,
                                             const std::string& timeline = "latest") {
    auto server = cluster->restored_copy({"--archive", "--standby-deadline", "1s"});
    make_standby(*server);
    server->set("primary_conninfo", source.conninfo());
    server->set("recovery_target_timeline", timeline);
    server->set("wal_retrieve_retry_interval", "200ms");
    server->start();
    return server;
  }

  [[nodiscard]] Command push(const PostgresServer& server, const Arguments& more = {}) const {
    Arguments arguments = {"push", "--connection", server.conninfo()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cluster->basebackup_on_primary(arguments);
  }

  // Has begun, and goes no further before it is continued: the server has more to send than a
  // socket holds.
  std::unique_ptr<RunningProcess> held_push(const PostgresServer& server) const {
    auto process = std::make_unique<RunningProcess>(
        push(server, {"--max-rate", "4096", "--wal-deadline", "2s"}));
    EXPECT_TRUE(
        eventually([&] { return process->err_so_far().find("backup at") != std::string::npos; }));
    process->send_signal(SIGSTOP);
    return process;
  }

  std::size_t backups_of_standbys() const {
    const auto said = must_succeed(cluster->basebackup({"list", "--json"})).out;
    const auto list = nlohmann::json::parse(said);
    return static_cast<std::size_t>(std::ranges::count_if(
        list.at("backups"), [](const auto& backup) { return backup.at("from_standby") == true; }));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::unique_ptr<PostgresServer> standby;
};

TEST_F(StandbyBackup, WaitsUntilThePrimaryFinishesItsLastSegment) {
  RunningProcess process(push(*standby));
  ASSERT_TRUE(eventually([&] {
    return process.err_so_far().find("waiting for the primary to finish and archive 0000000100") !=
           std::string::npos;
  }));
  primary().archive_current_segment();
  const auto outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(backups_of_standbys(), 1U);
}

TEST_F(StandbyBackup, IsNoneWhereThePrimaryDoesNotFinishTheSegment) {
  const auto outcome = run(push(*standby, {"--wal-deadline", "1s"}));
  EXPECT_THAT(outcome, RefusedBecause("did not reach the archive within 1 s"));
  EXPECT_THAT(message_of(outcome).below, Contains(HasSubstr("run select pg_switch_wal() there")));
  EXPECT_EQ(backups_of_standbys(), 0U);
}

TEST_F(StandbyBackup, HasThePrimaryFinishTheSegment) {
  must_succeed(push(*standby, {"--primary", primary().conninfo()}));
  EXPECT_EQ(backups_of_standbys(), 1U);
  commit(primary(), "three");
  primary().archive_current_segment();
  const auto copy = cluster->restored();
  copy->wait_until_open();
  EXPECT_EQ(rows(*copy), "one two three");
}

TEST_F(StandbyBackup, IsRefusedBeforehandWhereItMayNotAskThePrimary) {
  primary().sql("create role asker login");
  const std::string asker = primary().conninfo() + " user=asker";
  const auto before = cluster->store().objects(cluster->backup_object("", ""));
  const auto outcome = run(push(*standby, {"--primary", asker}));
  EXPECT_THAT(outcome, RefusedBecause("role asker may not call pg_switch_wal()"));
  EXPECT_THAT(message_of(outcome).below, Contains(HasSubstr("GRANT EXECUTE ON FUNCTION")));
  EXPECT_EQ(cluster->store().objects(cluster->backup_object("", "")), before);
  primary().sql("grant execute on function pg_switch_wal() to asker");
  must_succeed(push(*standby, {"--primary", asker}));
}

TEST_F(StandbyBackup, IsRefusedWhereWhatWasGivenIsNotItsPrimary) {
  EXPECT_THAT(run(push(*standby, {"--primary", standby->conninfo()})),
              RefusedBecause("leads to a standby"));
  PostgresServer other({.own_identity = true});
  other.start();
  EXPECT_THAT(run(push(*standby, {"--primary", other.conninfo()})),
              RefusedBecause("leads to a server with system identifier"));
  EXPECT_THAT(run(push(*standby, {"--primary", "host=/nowhere"})),
              RefusedBecause("the primary (--primary): cannot connect"));
  EXPECT_EQ(backups_of_standbys(), 0U);
}

TEST_F(StandbyBackup, NeedsNoPrimaryOnceItIsOneItself) {
  const auto outcome = must_succeed(push(primary(), {"--primary", primary().conninfo()}));
  EXPECT_THAT(outcome.err, HasSubstr("this server is no standby: --primary is not needed"));
}

TEST_F(StandbyBackup, ThatIsPromotedInTheMiddleIsNone) {
  const auto process = held_push(*standby);
  standby->promote();
  process->send_signal(SIGCONT);
  const auto outcome = process->wait();
  EXPECT_THAT(outcome, RefusedBecause("the standby was promoted during online backup"));
  EXPECT_EQ(backups_of_standbys(), 0U);
}

// It follows another standby, which takes over.
TEST_F(StandbyBackup, ThatEndsOnAnotherTimelineIsNone) {
  const auto second = standby_of(*standby);
  ASSERT_TRUE(eventually([&] { return rows(*second) == "one two"; }));
  const auto process = held_push(*second);
  primary().stop("immediate");
  standby->promote();
  commit(*standby, "three");
  standby->sql("checkpoint");
  commit(*standby, "four");
  ASSERT_TRUE(eventually([&] { return rows(*second) == "one two three four"; }));
  second->sql("checkpoint");  // what it has replayed is what it would start from
  process->send_signal(SIGCONT);
  const auto outcome = process->wait();
  EXPECT_THAT(outcome, RefusedBecause("the server changed from timeline 1 to 2 during the backup"));
  EXPECT_EQ(backups_of_standbys(), 0U);
  must_succeed(push(*second, {"--primary", standby->conninfo()}));
  EXPECT_EQ(backups_of_standbys(), 1U);
}

// The old timeline ended in that segment: of it there will only be a .partial.
TEST_F(StandbyBackup, SaysThatItsLastSegmentMayNeverBeFinished) {
  const auto left_behind = standby_of(primary(), "current");
  ASSERT_TRUE(eventually([&] { return rows(*left_behind) == "one two"; }));
  left_behind->sql("checkpoint");
  primary().stop("immediate");
  standby->promote();
  standby->wait_until_archived("00000002.history");
  const auto outcome = run(push(*left_behind, {"--wal-deadline", "1s"}));
  EXPECT_THAT(outcome, RefusedBecause("did not reach the archive within 1 s"));
  EXPECT_THAT(message_of(outcome).below, Contains(HasSubstr("timeline 2 has begun")));
  EXPECT_EQ(backups_of_standbys(), 0U);
}

}  // namespace
}  // namespace walden::testing
