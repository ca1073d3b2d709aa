#include "basebackup/expire_text.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/basebackup/retention_history.h"

namespace walden {
namespace {

using testing::at;
using testing::daily_backups;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ExpireReport report_of(RetentionFacts facts) {
  const RetentionPolicy policy{.keep = {7, 4, 12, 7},
                               .recovery_window = std::chrono::days(7),
                               .minimum_backups = 2,
                               .configured = true};
  return {.cluster = "orders",
          .system_identifier = 7,
          .store = "file:///mnt/backups",
          .plan = plan_retention(facts, policy, at("2026-11-22 01:00")),
          .options = {"--config", "/etc/walden/a b.toml"}};
}

RetentionFacts busy_history() {
  RetentionFacts facts = daily_backups(at("2024-11-22 03:00"), 730);
  facts.backups.back().references = {facts.backups[700].id};
  facts.backups[10].keep =
      KeepMark{.keep = true, .until = {}, .reason = "the annual accounts, and whatever else"};
  facts.backups[20].started = at("1999-01-01 00:00");
  facts.remains.push_back({.id = "20261101T030000Z-tl1-00A", .newest = at("2026-11-01 04:00")});
  facts.remains.push_back({.id = "20261121T030000Z-tl1-00A", .newest = at("2026-11-21 04:00")});
  return facts;
}

// A character of UTF-8 is one column.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(ExpireText, FitsIn100Columns) {
  std::istringstream text(expire_text(report_of(busy_history())));
  std::string line;
  std::getline(text, line);  // names the store
  while (std::getline(text, line)) EXPECT_LE(columns(line), 100U) << line;
}

TEST(ExpireText, SaysWhatGoesWhatStaysAndWhy) {
  const auto report = report_of(busy_history());
  const auto text = expire_text(report);
  EXPECT_THAT(text, HasSubstr("What goes: "));
  EXPECT_THAT(text, HasSubstr("stays: newest, minimum, day 2026-11-21"));
  EXPECT_THAT(text, HasSubstr("stays: year 2024"));
  EXPECT_THAT(text, HasSubstr("goes; its packs stay for 20261121T030000Z"));
  EXPECT_THAT(text, HasSubstr("unfinished: stays, unfinished for less than 7 days"));
  EXPECT_THAT(text, HasSubstr("Recovery window: from 2026-11-15 01:00:00 UTC on"));
  EXPECT_THAT(text, HasSubstr("1 backup stays, for their times lie in the future"));
  EXPECT_THAT(text, HasSubstr("older that go (--json names them all)"));
  EXPECT_THAT(outcome_text(report, std::nullopt),
              HasSubstr("basebackup expire --config '/etc/walden/a b.toml' --confirm"));
}

TEST(ExpireText, SaysWhatBecameOfIt) {
  const auto report = report_of(busy_history());
  const ExpireOutcome outcome{.objects = 12, .hidden = 12, .held = {"a/b"}, .spared = {"X"}};
  const auto text = outcome_text(report, outcome);
  EXPECT_THAT(text, HasSubstr("Deleted 12 objects."));
  EXPECT_THAT(text, HasSubstr("The bucket keeps the bytes of 12"));
  EXPECT_THAT(text, HasSubstr("holds back 1 object, the first: a/b"));
  EXPECT_THAT(text, HasSubstr("X stays after all"));
  const auto json = expire_json(report, outcome);
  EXPECT_EQ(json.at("backups").size(), 730U);
  EXPECT_EQ(json.at("deleted").at("objects"), 12);
  EXPECT_THAT(json.at("remarks"), Not(IsEmpty()));
  EXPECT_TRUE(expire_json(report, std::nullopt).at("deleted").is_null());
}

}  // namespace
}  // namespace walden
