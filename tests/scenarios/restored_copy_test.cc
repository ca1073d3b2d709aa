// A copy beside the living source must not write into the source's archive.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class RestoredCopy : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    cluster->take_backup();
    commit(cluster->primary(), "kept");
    cluster->primary().archive_current_segment();
    cluster->primary().stop();
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(RestoredCopy, ThatPromotesAddsNothingToTheArchive) {
  const auto server = cluster->restored_copy();
  const auto before = cluster->store().objects();
  server->start();
  server->wait_until_open();
  commit(*server, "copy");
  server->switch_wal();
  server->stop();  // a fast shutdown waits for a last round of the archiver
  EXPECT_EQ(cluster->store().objects(), before);
}

TEST_F(RestoredCopy, WithArchiveGoesOnWithItsOwnTimeline) {
  const auto before = cluster->store().objects();
  const auto server = cluster->restored({"--archive"});
  server->wait_until_open();
  commit(*server, "successor");
  const auto segment = server->archive_current_segment();
  EXPECT_EQ(segment.substr(0, 8), "00000002");
  EXPECT_TRUE(cluster->store().exists(cluster->segment_object(segment)));
  EXPECT_TRUE(cluster->store().exists(cluster->history_object("00000002")));
  EXPECT_GT(cluster->store().objects().size(), before.size());
}

TEST_F(RestoredCopy, IsPlannedWithoutTouchingAnything) {
  const auto before = listing(cluster->folder());
  const auto outcome = run(cluster->restore_command(cluster->folder() / "copy", {"--plan"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ::testing::HasSubstr("Nothing was changed."));
  EXPECT_EQ(listing(cluster->folder()), before);
}

TEST_F(RestoredCopy, SaysHowToStartIt) {
  const fs::path pgdata = cluster->folder() / "copy";
  const auto outcome = must_succeed(cluster->restore_command(pgdata));
  EXPECT_THAT(outcome.out, ::testing::HasSubstr("pg_ctl -D " + pgdata.string()));
}

// The indented lines are the commands: beside the old server, which has its port.
TEST_F(RestoredCopy, StartsBesideTheOldServerAsItSays) {
  cluster->primary().start();
  const fs::path pgdata = cluster->folder() / "copy";
  std::istringstream said(must_succeed(cluster->restore_command(pgdata)).out);
  std::string commands;
  for (std::string line; std::getline(said, line);) {
    if (line.starts_with("  ")) commands += line + "\n";
  }
  // Debian's own place for sockets is open to the user postgres only.
  std::ofstream(pgdata / "postgresql.conf", std::ios::app)
      << "listen_addresses = ''\nunix_socket_directories = '" << pgdata.parent_path().native()
      << "'\n";
  const fs::path programs = fs::path(postgres_program("pg_ctl")).parent_path();
  const auto started = run(
      as_server_user({.argv = {"sh", "-ec", "PATH=" + programs.string() + ":$PATH\n" + commands},
                      .environment = cluster->restoring_host()}));
  const fs::path log = cluster->folder() / "copy.log";
  EXPECT_EQ(started.exit_code, 0) << commands << started.out << started.err
                                  << (fs::exists(log) ? read_text(log) : "no log");
  EXPECT_TRUE(fs::exists(log));
  const auto stopped = run(as_server_user(
      {.argv = {postgres_program("pg_ctl"), "-D", pgdata.string(), "-m", "immediate", "stop"}}));
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
}

// The server runs as another user, who then has to open the key.
TEST_F(RestoredCopy, OfRootWarnsOfAKeyThatTheServerCannotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root restores for another user";
  ArchivedCluster sealed({.sealed = true});
  sealed.take_backup();
  const fs::path key = sealed.folder() / "secret.key";
  const auto plan = [&] {
    return must_succeed({.argv = {program_for_server_user("basebackup"), "restore", "--plan",
                                  "--pgdata", sealed.folder() / "copy"},
                         .environment = sealed.restoring_host()})
        .out;
  };
  EXPECT_THAT(plan(), ::testing::Not(::testing::HasSubstr("may not use")));
  ASSERT_EQ(::chown(key.c_str(), 0, 0), 0);
  EXPECT_THAT(plan(), ::testing::HasSubstr("may not use " + key.string()));
}

}  // namespace
}  // namespace walden::testing
