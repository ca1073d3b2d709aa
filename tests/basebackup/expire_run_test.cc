#include "basebackup/expire_run.h"

#include <gmock/gmock.h>

#include "basebackup/catalog.h"
#include "basebackup/keep_marks.h"
#include "basebackup/survey.h"
#include "tests/basebackup/expired_archive.h"
#include "tests/support/faulty_eraser.h"
#include "tests/support/faulty_store.h"

namespace walden {
namespace {

using testing::at;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::ExpiredArchive;
using testing::FaultyEraser;
using testing::FaultyStore;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::planned;
using testing::seconds_after;
using ::testing::SizeIs;
using testing::StoreFault;

const RetentionPolicy kTwoDays{.keep = {.daily = 2},
                               .recovery_window = std::chrono::days(2),
                               .minimum_backups = 2,
                               .configured = true};

RetentionPlan plan_of(ExpiredArchive& archive, const RetentionPolicy& policy = kTwoDays) {
  const auto facts = survey(archive.store, archive.names, archive.opening);
  EXPECT_TRUE(facts) << (facts ? "" : facts.error().cause);
  return plan_retention(*facts, policy, Instant{archive.clock * 1'000'000});
}

Result<ExpireOutcome> carry_out(ExpiredArchive& archive, const RetentionPlan& plan,
                                Eraser& eraser) {
  ExpireOutcome outcome;
  TRY(run_expire(plan,
                 {.store = archive.store,
                  .eraser = eraser,
                  .names = archive.names,
                  .opening = archive.opening,
                  .threads = 1,
                  .cancel = archive.cancel},
                 outcome));
  return outcome;
}

Result<ExpireOutcome> expire(ExpiredArchive& archive, const RetentionPolicy& policy = kTwoDays) {
  return carry_out(archive, plan_of(archive, policy), archive.eraser);
}

std::vector<std::string> listed(ExpiredArchive& archive) {
  std::vector<std::string> ids;
  const auto catalog = read_catalog(archive.store, archive.names, archive.opening);
  for (const auto& entry : catalog.value().backups) ids.push_back(entry.id);
  return ids;
}

void expect_whole(ExpiredArchive& archive) {
  const auto facts = survey(archive.store, archive.names, archive.opening);
  ASSERT_TRUE(facts);
  for (const auto& backup : facts->backups) {
    EXPECT_TRUE(backup.complete) << backup.id;
    EXPECT_TRUE(archive.has(archive.names.pack(backup.id, 1)));
    for (const auto& id : backup.references) {
      EXPECT_TRUE(archive.has(archive.names.pack(id, 1))) << id;
    }
  }
}

TEST(Expire, DeletesBackupsAndWalAndLeavesThePacksThatAreReferredTo) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(6);
  ASSERT_TRUE(expire(archive));
  EXPECT_THAT(listed(archive), ElementsAre(ids[3], ids[4], ids[5]));
  EXPECT_FALSE(archive.has(archive.names.pack(ids[1], 1)));
  EXPECT_TRUE(archive.has(archive.names.pack(ids[2], 1)));  // of the oldest that stays
  EXPECT_FALSE(archive.has(archive.names.manifest(ids[2])));
  EXPECT_FALSE(archive.has(archive.names.wal(WalName::parse("000000010000000000000012").value())));
  EXPECT_TRUE(archive.has(archive.names.wal(WalName::parse("000000010000000000000013").value())));
  EXPECT_THAT(archive.objects(), Not(Contains(HasSubstr("condemned"))));
}

TEST(Expire, DoesNothingTheSecondTime) {
  ExpiredArchive archive;
  archive.take_daily(6);
  ASSERT_TRUE(expire(archive));
  const auto after = archive.objects();
  EXPECT_TRUE(plan_of(archive).nothing_goes());
  ASSERT_EQ(expire(archive)->objects, 0U);
  EXPECT_EQ(archive.objects(), after);
}

// After every single deletion: what is listed is whole, and the next run ends where one run does.
TEST(Expire, StoppedAnywhereIsFinishedByTheNextRun) {
  ExpiredArchive whole;
  whole.take_daily(6);
  ASSERT_TRUE(expire(whole));
  for (std::uint64_t stop = 0;; ++stop) {
    SCOPED_TRACE(stop);
    ExpiredArchive archive;
    archive.take_daily(6);
    FaultyEraser eraser(archive.eraser, stop);
    const auto stopped = carry_out(archive, plan_of(archive), eraser);
    expect_whole(archive);
    ASSERT_TRUE(expire(archive));
    ASSERT_EQ(archive.objects(), whole.objects());
    if (stopped) break;
    ASSERT_LT(stop, 1000U);
  }
}

// Each call to the store fails once, before and after its effect.
TEST(Expire, UnderFaultsOfTheStoreLeavesWholeBackupsAndEndsWhereOneRunDoes) {
  ExpiredArchive whole;
  whole.take_daily(6);
  ASSERT_TRUE(expire(whole));
  for (const auto when : {StoreFault::When::before, StoreFault::When::after}) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE(call);
      ExpiredArchive archive;
      archive.take_daily(6);
      FaultyStore faulty(archive.store, {.call = call, .when = when});
      const auto facts = survey(faulty, archive.names, archive.opening);
      if (facts) {
        ExpireOutcome outcome;
        (void)run_expire(plan_retention(*facts, kTwoDays, Instant{archive.clock * 1'000'000}),
                         {.store = faulty,
                          .eraser = archive.eraser,
                          .names = archive.names,
                          .opening = archive.opening,
                          .threads = 1,
                          .cancel = archive.cancel},
                         outcome);
      }
      if (faulty.struck().empty()) break;
      expect_whole(archive);
      ASSERT_TRUE(expire(archive));
      ASSERT_EQ(archive.objects(), whole.objects()) << faulty.struck();
      ASSERT_LT(call, 1000U);
    }
  }
}

TEST(Expire, TwoAtOnceEndWhereOneDoes) {
  ExpiredArchive whole;
  whole.take_daily(6);
  ASSERT_TRUE(expire(whole));
  ExpiredArchive archive;
  archive.take_daily(6);
  const auto plan = plan_of(archive);  // both have made it before either deletes
  FaultyEraser first(archive.eraser, 5);
  EXPECT_FALSE(carry_out(archive, plan, first));
  ASSERT_TRUE(carry_out(archive, plan, archive.eraser));
  ASSERT_TRUE(carry_out(archive, plan, archive.eraser));
  ASSERT_TRUE(expire(archive));
  EXPECT_EQ(archive.objects(), whole.objects());
}

// The backup's outline comes after the plan and before the packs are looked at for the last time.
TEST(Expire, SparesPacksThatABackupHasJustReferredTo) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(6);
  const auto plan = plan_of(archive);
  ASSERT_TRUE(planned(plan, ids[0]).packs_go());
  const auto newest = archive.take(at("2026-11-06 20:00"), 27, {ids[0]});
  const auto outcome = carry_out(archive, plan, archive.eraser);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->spared, ElementsAre(ids[0]));
  EXPECT_TRUE(archive.has(archive.names.pack(ids[0], 1)));
  ASSERT_TRUE(expire(archive));
  EXPECT_TRUE(archive.has(archive.names.pack(ids[0], 1)));
}

Result<> check_reference_to(ExpiredArchive& archive, const std::string& id) {
  const std::vector<std::string> references{id};
  const std::vector<PackRecord> packs{{.number = 1, .object = archive.names.pack(id, 1)}};
  return check_references(archive.store, archive.names, references, packs);
}

TEST(CondemnedPacks, AreNotReferredTo) {
  ExpiredArchive archive;
  const auto ids = archive.take_daily(2);
  EXPECT_TRUE(check_reference_to(archive, ids[0]));
  archive.put(archive.names.condemned_mark(ids[0]));
  const auto refused = check_reference_to(archive, ids[0]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::transient);
  archive.store.erase(archive.names.pack(ids[1], 1));
  EXPECT_FALSE(check_reference_to(archive, ids[1]));
}

TEST(Expire, NeedsNoSecretKey) {
  ExpiredArchive archive({.recipients = {SecretKey::generate().recipient()}});
  const auto ids = archive.take_daily(6);
  ASSERT_TRUE(expire(archive));
  EXPECT_FALSE(archive.has(archive.names.manifest(ids[0])));
  EXPECT_TRUE(archive.has(archive.names.manifest(ids[5])));
}

TEST(Expire, BelievesOnlyOutlinesOfTrustedSigners) {
  const auto key = std::make_shared<const SigningKey>(SigningKey::generate());
  ExpiredArchive archive({.signing_key = key});
  const auto ids = archive.take_daily(3);
  archive.opening.trusted_signers = {key->signer()};
  archive.sealing.signing_key = nullptr;
  // By somebody who can write, so that older ones should go.
  for (int i = 0; i < 5; ++i) {
    archive.take(seconds_after(at("2026-11-06 03:00"), i * 86'400), 30);
  }
  const auto plan = plan_of(archive);
  for (const auto& id : ids) EXPECT_FALSE(planned(plan, id).goes()) << id;
  EXPECT_THAT(plan.remarks, Contains(HasSubstr("not signed")));
}

TEST(Expire, JudgesABackupWithoutAnOutlineByItsName) {
  ExpiredArchive archive({.recipients = {SecretKey::generate().recipient()}});
  for (int day = 0; day < 5; ++day) {
    const Instant begin = seconds_after(at("2026-11-01 03:00"), day * 86'400);
    archive.archive(10 + day, 10 + day, begin);
    archive.take(begin, 10 + day, {}, false);
  }
  const auto plan = plan_of(archive, {.keep = {.daily = 2}, .configured = true});
  ASSERT_THAT(plan.backups, SizeIs(5));
  EXPECT_TRUE(plan.backups[0].goes());
  EXPECT_FALSE(plan.backups[0].packs_go());  // whether another refers to them cannot be told
  EXPECT_FALSE(plan.backups[3].goes());
}

TEST(Expire, LeavesWhatTheStoreHoldsBack) {
  class Holding final : public Eraser {
   public:
    explicit Holding(Eraser& real) : real_(real) {}
    Result<Erased> erase(std::string_view name) override {
      return name.ends_with("/manifest") ? Erased::held : real_.erase(name);
    }

   private:
    Eraser& real_;
  };
  ExpiredArchive archive;
  const auto ids = archive.take_daily(6);
  const auto before = archive.objects();
  Holding holding(archive.eraser);
  const auto outcome = carry_out(archive, plan_of(archive), holding);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->held, SizeIs(3));
  EXPECT_EQ(archive.objects(), before);
}

TEST(Expire, EndsWhenItIsInterrupted) {
  ExpiredArchive archive;
  archive.take_daily(6);
  archive.cancel = true;
  const auto ended = expire(archive);
  ASSERT_FALSE(ended);
  EXPECT_THAT(ended.error().cause, HasSubstr("interrupted"));
}

TEST(KeepMarks, TheLastOneCountsWhateverTheClockSays) {
  ExpiredArchive archive;
  const auto marks = [&] {
    return read_keep_marks(archive.store, archive.names, archive.opening).value();
  };
  const auto write = [&](const KeepMark& mark, const char* time) {
    ASSERT_TRUE(write_keep_mark(archive.store, archive.names, "one", mark, at(time), {}));
  };
  EXPECT_THAT(marks(), IsEmpty());
  write({.keep = true, .until = at("2027-01-01 00:00"), .reason = "audit"}, "2026-11-21 03:00");
  EXPECT_EQ(marks().at("one").reason, "audit");
  EXPECT_EQ(*marks().at("one").until, at("2027-01-01 00:00"));
  write({.keep = false, .until = {}, .reason = {}}, "2026-11-20 03:00");
  EXPECT_FALSE(marks().at("one").keep);
  write({.keep = true, .until = {}, .reason = "again"}, "2026-11-19 03:00");
  EXPECT_EQ(marks().at("one").reason, "again");
  EXPECT_FALSE(marks().at("one").until);
}

TEST(KeepMarks, OneThatCannotBeBelievedKeeps) {
  ExpiredArchive archive;
  ASSERT_TRUE(write_keep_mark(archive.store, archive.names, "one",
                              {.keep = false, .until = {}, .reason = {}}, at("2026-11-21 03:00"),
                              {}));
  archive.opening.trusted_signers = {SigningKey::generate().signer()};
  EXPECT_TRUE(read_keep_marks(archive.store, archive.names, archive.opening)->at("one").keep);
}

TEST(Outlines, ComeBackAsTheyWereWritten) {
  BackupSummary summary = testing::sample_summary();
  summary.timeline = 3;
  summary.references = {"a", "b"};
  const auto history = TimelineHistory::parse(3, "1\t0/5000000\tx\n2\t0/7000000\ty\n").value();
  const auto back = parse_outline(to_json_text(outline_of(summary, history)));
  ASSERT_TRUE(back) << back.error().cause;
  EXPECT_EQ(back->id, summary.id);
  EXPECT_EQ(back->start, summary.start);
  EXPECT_EQ(back->references, summary.references);
  ASSERT_TRUE(back->history);
  EXPECT_EQ(back->history->parts()[1].end, Lsn{0x7000000});
  EXPECT_FALSE(parse_outline(to_json_text(outline_of(summary, std::nullopt)))->history);
}

TEST(Outlines, AreRefusedWhenTheyAreNone) {
  const auto good = to_json_text(outline_of(testing::sample_summary(), std::nullopt));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"timeline\":1", "\"timeline\":0"},
                                                        {"16777216", "16777217"},
                                                        {"\"references\":[]", "\"references\":3"},
                                                        {"0/2000028", "0/3000028"},
                                                        {"\"with_wal\":false", "\"with_wal\":0"}}) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    const auto parsed = parse_outline(bad);
    ASSERT_FALSE(parsed) << to;
    EXPECT_EQ(parsed.error().kind, ErrorKind::corrupt);
  }
  std::string newer = good;
  newer.replace(newer.find("\"walden_outline\":1"), 18, "\"walden_outline\":2");
  EXPECT_EQ(parse_outline(newer).error().kind, ErrorKind::configuration);
}

TEST(BackupIds, SayWhenAndWhereABackupBegan) {
  const auto facts = parse_backup_id("20261121T031702Z-tl2-AF4C", false);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->started, seconds_after(at("2026-11-21 03:17"), 2));
  EXPECT_EQ(facts->timeline, 2U);
  EXPECT_EQ(facts->first.name_on(2).to_text(), "00000002000000AF0000004C");
  EXPECT_EQ(parse_backup_id("20261121T031702Z-tl2-AF4C", true)->first.name_on(2).to_text(),
            "000000020000000A00000F4C");
  for (const char* none : {"", "x", "20261121T031702Z", "20261121T031702Z-tl0-AF4C",
                           "20261321T031702Z-tl1-AF4C", "20261121T031702Z-tl1-GG"}) {
    EXPECT_FALSE(parse_backup_id(none, false)) << none;
  }
}

}  // namespace
}  // namespace walden
