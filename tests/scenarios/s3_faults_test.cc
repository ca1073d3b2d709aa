// The programs with the archive in a bucket, on a network that does harm: what PostgreSQL is told
// is true, and nothing half-written lies where a file was asked for.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "common/archive/cluster_marker.h"
#include "common/store/open_store.h"
#include "tests/support/archive_host.h"
#include "tests/support/hostile_proxy.h"
#include "tests/support/postgres_server.h"
#include "tests/support/s3_server.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

S3Variables walden_variables(const std::string& endpoint, const S3Bucket& bucket) {
  S3Variables variables = s3_variables(endpoint, s3_server().owner);
  variables["WALDEN_STORE"] = bucket.url("prod");
  variables["WALDEN_CLUSTER"] = "orders";
  return variables;
}

std::string said(const Outcome& outcome, const HostileProxy& proxy) {
  return outcome.out + outcome.err + proxy.log();
}

// A host whose archive is a bucket with a marker in it, and a segment to store.
class WalProgramsOnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    bucket_ = std::make_unique<S3Bucket>();
    set_s3_variables(s3_variables(s3_server().endpoint, s3_server().owner));
    const auto store = open_store(bucket_->url("prod"));
    ASSERT_TRUE(store) << store.error().cause;
    const auto marked = create_marker(**store, {"orders", kSystem, "2026-11-21T00:00:00Z"});
    ASSERT_TRUE(marked) << marked.error().cause;
    fs::create_directories(wal() / "archive_status");
    write_control_file(folder_ / "pgdata", kSystem);
    write_segment(wal(), {.number = 1});
  }

  [[nodiscard]] fs::path wal() const { return folder_ / "pgdata" / "pg_wal"; }
  [[nodiscard]] fs::path delivered() const { return wal() / "RECOVERYXLOG"; }
  [[nodiscard]] Outcome push(const std::string& endpoint) const {
    return run_program({program("wal-push"), "pg_wal/" + name_, name_}, endpoint);
  }
  [[nodiscard]] Outcome fetch(const std::string& endpoint, const std::string& name,
                              const std::string& deadline = "10s") const {
    return run_program(
        {program("wal-fetch"), "--fetch-deadline", deadline, name, "pg_wal/RECOVERYXLOG"},
        endpoint);
  }

  // What is there, asked without anything in between.
  void expect_stored() {
    const Outcome outcome = fetch(s3_server().endpoint, name_);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_delivered();
  }
  void expect_delivered() {
    EXPECT_TRUE(read_text(delivered()) == segment_content({.number = 1}));
    fs::remove(delivered());
  }
  void expect_nothing_delivered() {
    for (const auto& entry : fs::directory_iterator(wal())) {
      EXPECT_THAT(entry.path().filename().string(), ::testing::AnyOf(name_, "archive_status"));
    }
  }

  const std::string name_ = segment_file_name({.number = 1});
  TemporaryDirectory folder_;
  std::unique_ptr<S3Bucket> bucket_;

 private:
  [[nodiscard]] Outcome run_program(const std::vector<std::string>& argv,
                                    const std::string& endpoint) const {
    return run({.argv = argv,
                .directory = folder_ / "pgdata",
                .environment = walden_variables(endpoint, *bucket_)});
  }
};

TEST_F(WalProgramsOnS3, NeedOneRequestEachAndTwoForAMiss) {
  const HostileProxy proxy;
  EXPECT_EQ(push(proxy.endpoint()).exit_code, 0);
  EXPECT_EQ(proxy.requests().size(), 1U) << proxy.log();
  EXPECT_EQ(fetch(proxy.endpoint(), name_).exit_code, 0);
  EXPECT_EQ(proxy.requests().size(), 2U) << proxy.log();
  EXPECT_EQ(fetch(proxy.endpoint(), segment_file_name({.number = 2})).exit_code, 1);
  EXPECT_EQ(proxy.requests().size(), 4U) << proxy.log();
}

TEST_F(WalProgramsOnS3, StoreASegmentInSpiteOfAPassingFault) {
  for (const std::string fault :
       {"status code=500 error=InternalError times=2",
        "status code=503 error=SlowDown retry-after=1", "html code=502",
        "ok-with-error error=InternalError", "reset-request bytes=1000", "hang-up times=2", "lose",
        "lose times=2", "truncate", "reset-response",
        "status code=301 error=PermanentRedirect region=eu-central-1",
        "status code=403 error=RequestTimeTooSkewed skew=300"}) {
    SCOPED_TRACE(fault);
    bucket_->must_send("DELETE",
                       "prod/" + ObjectNames("orders", kSystem).wal(WalName::parse(name_).value()));
    const HostileProxy proxy(fault + " method=PUT\n");
    const Outcome outcome = push(proxy.endpoint());
    EXPECT_EQ(outcome.exit_code, 0) << said(outcome, proxy);
    EXPECT_GE(proxy.harmed(), 1U);
    EXPECT_LE(proxy.requests().size(), proxy.harmed() + 3) << proxy.log();
    expect_stored();
  }
}

TEST_F(WalProgramsOnS3, AcknowledgeNothingThatWasRefused) {
  for (const std::string fault :
       {"status code=403 error=AccessDenied", "status code=404 error=NoSuchBucket",
        "status code=400 error=ExpiredToken", "status code=403 error=RequestTimeTooSkewed"}) {
    SCOPED_TRACE(fault);
    const HostileProxy proxy(fault + " times=always\n");
    const Outcome outcome = push(proxy.endpoint());
    EXPECT_EQ(outcome.exit_code, 1) << said(outcome, proxy);
    EXPECT_LE(proxy.requests().size(), 4U) << proxy.log();
    EXPECT_EQ(fetch(s3_server().endpoint, name_).exit_code, 1);
  }
}

TEST_F(WalProgramsOnS3, FetchASegmentInSpiteOfAPassingFault) {
  ASSERT_EQ(push(s3_server().endpoint).exit_code, 0);
  for (const std::string fault :
       {"status code=500 error=InternalError times=2", "status code=503 error=SlowDown",
        "html code=502", "html code=404", "ok-with-error error=InternalError", "reset-request",
        "reset-response bytes=1000", "truncate bytes=1000", "truncate", "corrupt bytes=1000",
        "hang-up times=2", "lose", "status code=301 error=PermanentRedirect region=eu-central-1",
        "status code=403 error=RequestTimeTooSkewed skew=300"}) {
    SCOPED_TRACE(fault);
    const HostileProxy proxy(fault + "\n");
    const Outcome outcome = fetch(proxy.endpoint(), name_);
    ASSERT_EQ(outcome.exit_code, 0) << said(outcome, proxy);
    EXPECT_GE(proxy.harmed(), 1U);
    EXPECT_LE(proxy.requests().size(), proxy.harmed() + 3) << proxy.log();
    expect_delivered();
    expect_nothing_delivered();
  }
}

// Neither "not there", which would end recovery early, nor a file that is not the segment.
TEST_F(WalProgramsOnS3, StopRecoveryWhenTheFaultLasts) {
  ASSERT_EQ(push(s3_server().endpoint).exit_code, 0);
  for (const std::string fault :
       {"status code=500 error=InternalError", "status code=503 error=SlowDown retry-after=60",
        "html code=404", "status code=404 error=NoSuchBucket", "status code=403 error=AccessDenied",
        "ok-with-error error=InternalError", "corrupt bytes=1000", "truncate", "hang-up", "stall",
        "lose", "reset-request"}) {
    SCOPED_TRACE(fault);
    const HostileProxy proxy(fault + " times=always\n");
    for (const std::string& name : {name_, segment_file_name({.number = 2})}) {
      // What is not there has no content to harm: that is proven, and true.
      const bool told_truly = name != name_ && (fault.starts_with("corrupt"));
      if (told_truly) continue;
      const Outcome outcome = fetch(proxy.endpoint(), name, "1s");
      EXPECT_EQ(outcome.exit_code, 255) << name << '\n' << said(outcome, proxy);
      expect_nothing_delivered();
    }
    EXPECT_LE(proxy.requests().size(), 80U) << proxy.log();
  }
}

// A server that archives into a bucket without harm; basebackup goes through the proxy.
class BaseBackupsOnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    WALDEN_SKIP_WITHOUT_S3();
    give_to_server_user(folder_.path());
    bucket_ = std::make_unique<S3Bucket>();
    server_ = std::make_unique<PostgresServer>();
    const auto init = basebackup({"init", "--pgdata", server_->pgdata()}, s3_server().endpoint);
    ASSERT_EQ(init.exit_code, 0) << init.err;
    std::string archive = "env";
    for (const auto& [name, value] : walden_variables(s3_server().endpoint, *bucket_)) {
      archive += " " + name + "=" + value;
    }
    server_->set("archive_mode", "on");
    server_->set("archive_command", archive + " " + program_for_server_user("wal-push") + " %p %f");
    server_->start();
    server_->sql("create table filler as select md5(n::text) from generate_series(1, 20000) n");
  }

  [[nodiscard]] Command command(const std::vector<std::string>& arguments,
                                const std::string& endpoint) const {
    Command command{.argv = {program_for_server_user("basebackup")},
                    .environment = walden_variables(endpoint, *bucket_),
                    .timeout = std::chrono::seconds(120)};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return as_server_user(command);
  }
  [[nodiscard]] Outcome basebackup(const std::vector<std::string>& arguments,
                                   const std::string& endpoint) const {
    return run(command(arguments, endpoint));
  }
  [[nodiscard]] Outcome push(const std::string& endpoint) const {
    return basebackup({"push", "--connection", server_->conninfo()}, endpoint);
  }
  // Byte by byte what the backup's own manifest says.
  void expect_restored(const fs::path& pgdata) const {
    const Outcome checked = run(as_server_user(
        {.argv = {postgres_program("pg_verifybackup"), "--no-parse-wal", pgdata.string()}}));
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
  }
  // The backups of a list's lines; what stands around them says how long ago.
  [[nodiscard]] static std::vector<std::string> ids(const Outcome& listed) {
    std::vector<std::string> found;
    std::istringstream words(listed.out);
    for (std::string word; words >> word;) {
      if (word.find("-tl1-") != std::string::npos) found.push_back(word);
    }
    return found;
  }
  [[nodiscard]] bool anything_listed() const {
    const Outcome listed = basebackup({"list", "--json"}, s3_server().endpoint);
    return listed.out.find("-tl1-") != std::string::npos;
  }

  TemporaryDirectory folder_;
  std::unique_ptr<S3Bucket> bucket_;
  std::unique_ptr<PostgresServer> server_;
};

// Each harms a request in the middle of the work: not only the first.
TEST_F(BaseBackupsOnS3, AreTakenListedAndRestoredInSpiteOfPassingFaults) {
  int copies = 0;
  for (const std::string fault :
       {"status code=503 error=SlowDown skip=1", "html code=502 times=2",
        "ok-with-error error=InternalError", "reset-request bytes=50000",
        "reset-response bytes=500", "truncate bytes=500 skip=1 times=2", "lose times=2",
        "hang-up skip=1", "status code=301 error=PermanentRedirect region=eu-central-1"}) {
    SCOPED_TRACE(fault);
    const HostileProxy pushing(fault + " method=PUT\n");
    const Outcome pushed = push(pushing.endpoint());
    ASSERT_EQ(pushed.exit_code, 0) << said(pushed, pushing);
    EXPECT_GE(pushing.harmed(), 1U) << pushing.log();

    const HostileProxy listing(fault + "\n");
    const Outcome listed = basebackup({"list"}, listing.endpoint());
    EXPECT_EQ(listed.exit_code, 0) << said(listed, listing);
    EXPECT_EQ(ids(listed), ids(basebackup({"list"}, s3_server().endpoint)));
    EXPECT_EQ(ids(listed).size(), static_cast<std::size_t>(copies + 1));

    const HostileProxy restoring(fault + "\n" + "reset-response bytes=3000 path=pack\n");
    const fs::path pgdata = folder_ / ("restored-" + std::to_string(++copies));
    const Outcome restored = basebackup({"restore", "--pgdata", pgdata}, restoring.endpoint());
    ASSERT_EQ(restored.exit_code, 0) << said(restored, restoring);
    EXPECT_GE(restoring.harmed(), 1U) << restoring.log();
    expect_restored(pgdata);
    fs::remove_all(pgdata);
  }
}

TEST_F(BaseBackupsOnS3, AreNotShownWhenTheirUploadWasRefused) {
  for (const std::string fault :
       {"status code=403 error=AccessDenied", "status code=404 error=NoSuchBucket"}) {
    for (const std::string object : {"pack", "manifest"}) {
      SCOPED_TRACE(fault + " of a " + object);
      const HostileProxy proxy(fault + " method=PUT path=" + object + " times=always\n");
      const Outcome pushed = push(proxy.endpoint());
      EXPECT_EQ(pushed.exit_code, 1) << said(pushed, proxy);
      EXPECT_GE(proxy.harmed(), 1U) << proxy.log();
      EXPECT_FALSE(anything_listed());
    }
  }
}

// Once the manifest is on its way, "interrupted: there is no new backup" would be a guess.
TEST_F(BaseBackupsOnS3, TellWhatBecameOfTheManifestThoughTheyWereInterrupted) {
  const HostileProxy proxy(
      "status code=503 error=SlowDown retry-after=3 method=PUT path=manifest\n"
      "status code=403 error=AccessDenied method=PUT path=manifest times=always\n");
  RunningProcess pushing(command({"push", "--connection", server_->conninfo()}, proxy.endpoint()));
  ASSERT_TRUE(eventually([&] { return proxy.harmed() > 0; }, std::chrono::seconds(120)));
  pushing.send_signal(SIGINT);
  const Outcome pushed = pushing.wait();
  EXPECT_EQ(pushed.exit_code, 1) << said(pushed, proxy);
  EXPECT_THAT(pushed.err, ::testing::HasSubstr("403 AccessDenied"));
  EXPECT_THAT(pushed.err, ::testing::Not(::testing::HasSubstr("interrupted")));
}

TEST_F(BaseBackupsOnS3, SayThatTheyMayBeThereWhenTheManifestsAnswerIsLost) {
  const HostileProxy proxy(
      "status code=503 error=SlowDown retry-after=3600 method=PUT path=manifest times=always\n");
  const Outcome pushed = push(proxy.endpoint());
  EXPECT_EQ(pushed.exit_code, 1) << said(pushed, proxy);
  EXPECT_THAT(pushed.err, ::testing::HasSubstr("is not known: basebackup list"));
}

TEST_F(BaseBackupsOnS3, AreNotRestoredFromWhatIsHarmed) {
  ASSERT_EQ(push(s3_server().endpoint).exit_code, 0);
  for (const std::string fault : {"corrupt bytes=3000", "status code=403 error=AccessDenied"}) {
    SCOPED_TRACE(fault);
    const HostileProxy proxy(fault + " path=pack times=always\n");
    const fs::path pgdata = folder_ / "restored";
    const Outcome restored = basebackup({"restore", "--pgdata", pgdata}, proxy.endpoint());
    EXPECT_EQ(restored.exit_code, 1) << said(restored, proxy);
    EXPECT_GE(proxy.harmed(), 1U) << proxy.log();
    // Without it no server starts there.
    EXPECT_FALSE(fs::exists(pgdata / "global" / "pg_control"));
    fs::remove_all(pgdata);
  }
}

// A list that is not whole would hide a backup at the worst moment.
TEST_F(BaseBackupsOnS3, AreNotListedInPart) {
  ASSERT_EQ(push(s3_server().endpoint).exit_code, 0);
  for (const std::string fault :
       {"status code=403 error=AccessDenied", "status code=404 error=NoSuchBucket"}) {
    SCOPED_TRACE(fault);
    const HostileProxy proxy(fault + " query=list-type times=always\n");
    const Outcome listed = basebackup({"list"}, proxy.endpoint());
    EXPECT_EQ(listed.exit_code, 1) << said(listed, proxy);
    EXPECT_EQ(listed.out, "");
    EXPECT_LE(proxy.requests().size(), 8U) << proxy.log();
  }
}

}  // namespace
}  // namespace walden::testing
