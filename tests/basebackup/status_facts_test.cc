#include "basebackup/status_facts.h"

#include <gmock/gmock.h>

#include "basebackup/drill_archive.h"
#include "basebackup/status_judgement.h"
#include "basebackup/survey.h"
#include "basebackup/verify_record.h"
#include "common/archive/cluster_marker.h"
#include "tests/basebackup/expired_archive.h"
#include "tests/basebackup/sample_drill.h"

namespace walden {
namespace {

using testing::at;
using testing::ExpiredArchive;
using ::testing::HasSubstr;
using testing::seconds_after;

// A store in which one object may not be read.
class Forbidding final : public Store {
 public:
  Forbidding(Store& real, std::string forbidden) : real_(real), forbidden_(std::move(forbidden)) {}
  std::string describe() const override { return real_.describe(); }
  Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    return real_.create(name);
  }
  Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    if (name == forbidden_) return fail(ErrorKind::denied, "may not be read: " + forbidden_);
    return real_.read(name, range, sink);
  }
  Result<ObjectEntry> stat(std::string_view name) override { return real_.stat(name); }
  Result<> list(const ListRequest& request, const Visitor& visit) override {
    return real_.list(request, visit);
  }

 private:
  Store& real_;
  std::string forbidden_;
};

class StatusFacts : public ::testing::Test {
 protected:
  void SetUp() override {
    archive.take_daily(6);
    ASSERT_TRUE(create_marker(
        archive.store, {archive.names.cluster(), archive.names.system_identifier(), "2026-11-01"}));
    now = at("2026-11-06 12:00");
  }

  // Stored at `stored`, by a host whose clock says `ended`.
  std::string drill(Instant stored, Instant ended, bool passed) {
    archive.clock = stored.microseconds / 1'000'000;
    DrillReport report = testing::sample_drill();
    report.cluster = archive.names.cluster();
    report.system_identifier = archive.names.system_identifier();
    report.id = std::to_string(ended.microseconds);  // in the order of the hosts' clocks
    report.begun = seconds_after(ended, -600);
    report.ended = ended;
    if (!passed) report.steps[0].fact.verdict = Verdict::fail;
    const auto kept = store_drill(archive.store, archive.names, archive.sealing, {report, "page"});
    EXPECT_TRUE(kept) << kept.error().cause;
    return report.id;
  }
  void verify(Instant stored, Instant ended, bool good) {
    archive.clock = stored.microseconds / 1'000'000;
    ASSERT_TRUE(write_verify_record(archive.store, archive.names, {"backup", good, ended}, {}));
  }

  ClusterStatus status_of(Store& store) {
    return gather_status({.store = store,
                          .cluster = archive.names.cluster(),
                          .opening = archive.opening,
                          .policy = policy,
                          .connection = {},
                          .cancel = archive.cancel},
                         now);
  }
  Judgement judged(const ClusterStatus& status, const std::string& name) {
    for (const Judgement& one : judge(status, policy)) {
      if (one.name == name) return one;
    }
    return {.name = "none", .severity = Severity::unknown, .sentence = "none"};
  }
  Judgement judged(const std::string& name) { return judged(status_of(archive.store), name); }

  ExpiredArchive archive;
  Policy policy;
  Instant now;
};

TEST_F(StatusFacts, TheLastDrillIsTheOneThatWasStoredLast) {
  drill(at("2026-11-06 08:00"), at("2026-12-16 08:00"), true);
  EXPECT_EQ(judged("drill").severity, Severity::ok);
  EXPECT_EQ(judged("clock").severity, Severity::warning);
  drill(at("2026-11-06 09:00"), at("2026-11-06 09:00"), false);
  EXPECT_EQ(judged("drill").severity, Severity::critical);
}

TEST_F(StatusFacts, TheLastVerifyIsTheOneThatWasStoredLast) {
  verify(at("2026-11-06 08:00"), at("2026-12-16 08:00"), true);
  EXPECT_EQ(judged("clock").severity, Severity::warning);
  verify(at("2026-11-06 09:00"), at("2026-11-06 09:00"), false);
  EXPECT_EQ(judged("verify").severity, Severity::critical);
}

TEST_F(StatusFacts, DoNotPassOverADrillThatMayNotBeRead) {
  drill(at("2026-11-06 08:00"), at("2026-11-06 08:00"), true);
  const auto id = drill(at("2026-11-06 09:00"), at("2026-11-06 09:00"), false);
  Forbidding store(archive.store, archive.names.drill(id, kDrillOutline));
  const auto status = status_of(store);
  ASSERT_TRUE(status.store_error);
  EXPECT_EQ(status.store_error->kind, ErrorKind::denied);
}

TEST_F(StatusFacts, NameANewestDrillOrVerifyThatCannotBeBelieved) {
  const auto key = std::make_shared<const SigningKey>(SigningKey::generate());
  archive.opening.trusted_signers = {key->signer()};
  archive.sealing.signing_key = key;
  drill(at("2026-11-06 08:00"), at("2026-11-06 08:00"), true);
  EXPECT_EQ(judged("drill").severity, Severity::ok);
  archive.sealing.signing_key = nullptr;
  const auto id = drill(at("2026-11-06 09:00"), at("2026-11-06 09:00"), false);
  verify(at("2026-11-06 09:00"), at("2026-11-06 09:00"), false);
  EXPECT_EQ(judged("drill").severity, Severity::warning);
  EXPECT_THAT(judged("drill").sentence, HasSubstr(id));
  EXPECT_EQ(judged("verify").severity, Severity::warning);
  EXPECT_THAT(judged("verify").sentence, HasSubstr("20261106T090000Z"));
}

TEST_F(StatusFacts, WhatExpireWouldFreeCountsWhatUnfinishedBackupsLeft) {
  policy.retention = {.keep = {.daily = 2},
                      .recovery_window = std::chrono::days(2),
                      .minimum_backups = 2,
                      .configured = true};
  const auto before = status_of(archive.store).expire.value().bytes;
  archive.put(archive.names.pack("20261001T030000Z-tl1-001", 1));
  archive.put(archive.names.expired_mark("20261001T030000Z-tl1-001"));
  EXPECT_GT(status_of(archive.store).expire.value().bytes, before);
}

}  // namespace
}  // namespace walden
