#include "common/alert/alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/alert/mail.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Alert sample() {
  return {.occasion = Alert::Occasion::begun,
          .cluster = "orders",
          .host = "db1",
          .problem = {.name = "wal",
                      .critical = true,
                      .what = "newest WAL 43 min ago",
                      .endangers = "What is on the server alone is lost with its disk",
                      .command = "basebackup check"},
          .since = {1'795'231'000'000'000},
          .told = {1'795'231'600'000'000}};
}

AlertPolicy policy() {
  AlertPolicy policy;
  policy.mail_from = "walden@acme.example";
  policy.mail_to = {"dba@acme.example"};
  return policy;
}

TEST(AlertText, SaysWhatSinceWhenWhatForAndWhatNext) {
  EXPECT_EQ(alert_subject(sample()), "[walden] CRITICAL orders wal: newest WAL 43 min ago");
  const std::string text = alert_text(sample());
  EXPECT_THAT(text, HasSubstr("What happened: newest WAL 43 min ago\n"));
  EXPECT_THAT(text, HasSubstr("Since:         2026-11-21 "));
  EXPECT_THAT(text, HasSubstr("10 min ago\n"));
  EXPECT_THAT(text, HasSubstr("It endangers:  What is on the server alone"));
  EXPECT_THAT(text, HasSubstr("Run next:      basebackup check\n"));
  EXPECT_THAT(text, HasSubstr("/runbook.md, \"Alert: wal\""));
}

TEST(AlertText, OfOneThatIsOverAsksForNothing) {
  Alert alert = sample();
  alert.occasion = Alert::Occasion::over;
  EXPECT_THAT(alert_subject(alert), HasSubstr("OVER orders wal"));
  EXPECT_THAT(alert_text(alert), HasSubstr(": 10 min"));
  EXPECT_THAT(alert_text(alert), Not(HasSubstr("Run next")));
}

TEST(AlertText, KeepsASentenceFromOutsideInItsLine) {
  Alert alert = sample();
  alert.problem.what = "it said\r\nBcc: everybody@acme.example\r\n\r\nhello";
  EXPECT_EQ(alert_subject(alert).find('\n'), std::string::npos);
  const std::string message = mail_message(policy(), "dba@acme.example", alert);
  EXPECT_THAT(message, Not(HasSubstr("\nBcc:")));
}

TEST(AlertText, IsCutBetweenLetters) {
  Alert alert = sample();
  alert.problem.what.clear();
  while (alert.problem.what.size() < 400) alert.problem.what += "ü";
  const std::string subject = alert_subject(alert);
  EXPECT_LE(subject.size(), 150U);
  const auto json = nlohmann::json(subject).dump();  // throws for half a letter
  EXPECT_THAT(json, HasSubstr("..."));
}

TEST(AlertJson, IsWhatWebhooksTake) {
  const auto json = alert_json(sample());
  EXPECT_THAT(json.at("text").get<std::string>(), HasSubstr("CRITICAL orders wal"));
  EXPECT_EQ(json.at("name"), "wal");
  EXPECT_EQ(json.at("occasion"), "begun");
  EXPECT_EQ(json.at("severity"), "critical");
  EXPECT_EQ(json.at("command"), "basebackup check");
}

TEST(MailMessage, HasTheHeadersThatMailNeeds) {
  const std::string message = mail_message(policy(), "dba@acme.example", sample());
  EXPECT_THAT(message, HasSubstr("From: walden@acme.example\r\n"));
  EXPECT_THAT(message, HasSubstr("To: dba@acme.example\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: [walden] CRITICAL orders wal: newest WAL"));
  EXPECT_THAT(message, HasSubstr("Date: Sat, 21 Nov 2026 "));
  EXPECT_THAT(message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\n\r\nWhat happened: "));
  for (std::size_t at = message.find('\n'); at != std::string::npos;
       at = message.find('\n', at + 1)) {
    ASSERT_GT(at, 0U);
    EXPECT_EQ(message[at - 1], '\r');
  }
}

TEST(MailMessage, OfAnotherAlphabetIsEncoded) {
  Alert alert = sample();
  alert.problem.what = "Größe von Übersicht paßt nicht, und das ist ein sehr langer Satz darüber";
  const std::string message = mail_message(policy(), "dba@acme.example", alert);
  EXPECT_THAT(message, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(message, HasSubstr("Content-Transfer-Encoding: base64\r\n"));
  for (const char c : message) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

}  // namespace
}  // namespace walden
