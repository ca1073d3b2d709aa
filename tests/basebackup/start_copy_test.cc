#include "basebackup/start_copy.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>
#include <sstream>

#include "common/bytes/file_descriptor.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class StartOfACopy : public ::testing::Test {
 protected:
  std::string commands() const { return start_of_copy(copy, host.path()).commands; }

  void write(const fs::path& path, const std::string& text = "") const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  // As Debian's packages leave it.
  void install_debian_cluster(const std::string& name) const {
    write(clusters / name / "postgresql.conf",
          "data_directory = '/var/lib/postgresql/15/" + name + "'\t# use data in another\n" +
              "hba_file = '" + (clusters / name / "pg_hba.conf").string() + "'\n" +
              "external_pid_file = '/var/run/postgresql/15-" + name + ".pid'\n" +
              "port = 5432\t# (change requires restart)\n" + "cluster_name = '15/" + name + "'\n");
  }
  // What the printed lines make of the old cluster's settings; pg_ctlcluster itself is left out.
  std::string settings_after(const std::string& name) const {
    std::string lines = commands();
    lines.resize(lines.find("  pg_ctlcluster"));
    const auto outcome = testing::run({.argv = {"sh", "-ec", lines}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::ostringstream text;
    text << std::ifstream(clusters / name / "postgresql.conf").rdbuf();
    return text.str();
  }

  testing::TemporaryDirectory host;
  fs::path clusters = host / "etc/postgresql/15";
  CopyToStart copy{.pgdata = "/srv/restored",
                   .major = 15,
                   .system_identifier = 1,
                   .has_settings = true,
                   .made_directory = true,
                   .user = "",
                   .port = 5433};
};

TEST_F(StartOfACopy, HasAPortAndALogOfItsOwn) {
  EXPECT_EQ(commands(),
            "  pg_ctl -D /srv/restored \\\n    -l /srv/restored.log -o '-p 5433' start\n");
}

TEST_F(StartOfACopy, NamesThePgCtlThatIsNotInPath) {
  write(host / "usr/lib/postgresql/14/bin/pg_ctl");
  EXPECT_THAT(commands(), HasSubstr("  pg_ctl -D"));
  write(host / "usr/lib/postgresql/15/bin/pg_ctl");
  EXPECT_THAT(commands(), HasSubstr((host / "usr/lib/postgresql/15/bin/pg_ctl").string() + " -D"));
}

TEST_F(StartOfACopy, LogsIntoADirectoryThatWasThereBefore) {
  copy.made_directory = false;
  EXPECT_THAT(commands(), HasSubstr("-l /srv/restored/start.log "));
}

TEST_F(StartOfACopy, IsTheServersUsersWhereRootRestores) {
  copy.user = "postgres";
  EXPECT_THAT(commands(), HasSubstr("  runuser -u postgres -- pg_ctl -D"));
}

TEST_F(StartOfACopy, WithDebiansSettingsLeavesTheOldServersFilesAlone) {
  copy.has_settings = false;
  install_debian_cluster("main");
  const std::string settings = settings_after("restored");
  EXPECT_THAT(settings, HasSubstr("data_directory = '/srv/restored'\n"));
  EXPECT_THAT(settings, HasSubstr((clusters / "restored/pg_hba.conf").string()));
  EXPECT_THAT(settings, HasSubstr("external_pid_file = '/var/run/postgresql/15-restored.pid'"));
  EXPECT_THAT(settings, HasSubstr("cluster_name = '15/restored'"));
  EXPECT_THAT(settings, HasSubstr("port = 5433\n"));
  EXPECT_THAT(settings, Not(HasSubstr("main")));
  const auto start = start_of_copy(copy, host.path());
  EXPECT_EQ(start.log, "/var/log/postgresql/postgresql-15-restored2.log");
  EXPECT_EQ(start.environment, clusters / "restored2/environment");
}

TEST_F(StartOfACopy, TakesTheSettingsOfTheOnlyDebianCluster) {
  copy.has_settings = false;
  copy.pgdata = "/srv/orders.2026-11-21";
  install_debian_cluster("orders");
  EXPECT_THAT(commands(), HasSubstr("pg_ctlcluster 15 restored start"));
  EXPECT_THAT(settings_after("restored"), HasSubstr("data_directory = '/srv/orders.2026-11-21'"));
}

TEST_F(StartOfACopy, TakesTheSettingsOfTheClusterThatWasBackedUp) {
  copy.has_settings = false;
  copy.system_identifier = 4711;
  install_debian_cluster("main");
  install_debian_cluster("orders");
  const fs::path pgdata = host / "orders-data";
  std::ofstream(clusters / "orders/postgresql.conf")
      << "#data_directory = 'ConfigDir'\ndata_directory = '" << pgdata.string() << "'\n";
  EXPECT_THAT(commands(), HasSubstr((clusters / "main").string()));
  testing::write_control_file(pgdata, 4711);
  EXPECT_THAT(commands(), HasSubstr((clusters / "orders").string()));
}

TEST_F(StartOfACopy, WithSettingsFromElsewhereHasItsOwnPidFile) {
  copy.has_settings = false;
  EXPECT_THAT(commands(), HasSubstr("-o '-c data_directory=/srv/restored'"));
  EXPECT_THAT(commands(), HasSubstr("-o '-c external_pid_file=/srv/restored.log.pid'"));
}

TEST_F(StartOfACopy, DoesNotPutAStrangePathIntoAScript) {
  copy.has_settings = false;
  copy.pgdata = "/srv/it's|new";
  install_debian_cluster("main");
  EXPECT_THAT(commands(), Not(HasSubstr("sed")));
}

TEST(FreePort, IsOneThatNobodyListensAt) {
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), raw, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), raw, &size), 0);
  EXPECT_GT(free_port(ntohs(address.sin_port)), ntohs(address.sin_port));
}

}  // namespace
}  // namespace walden
