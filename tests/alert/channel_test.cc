#include "common/alert/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_http_server.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kPatience{5'000};
constexpr const char* kSecret = "T0KEN-in-the-url";

Alert sample() {
  return {.cluster = "orders",
          .host = "db1",
          .problem = {.name = "wal", .critical = true, .what = "no WAL"},
          .since = {1'795'231'000'000'000},
          .told = {1'795'231'600'000'000}};
}

// The policy's only channel.
Result<> send(const AlertPolicy& policy, std::chrono::milliseconds patience = kPatience) {
  const auto channels = channels_of(policy);
  if (channels.size() != 1) throw std::runtime_error("not one channel");
  return channels.front().send(sample(), patience);
}

class WebhookTest : public ::testing::Test {
 protected:
  Result<> send_with(const FakeAnswer& answer, std::chrono::milliseconds patience = kPatience) {
    answer_ = answer;
    AlertPolicy policy;
    policy.webhook = server.url() + "/hook/" + kSecret;
    return send(policy, patience);
  }
  FakeAnswer answer_;
  FakeHttpServer server{[this](const FakeRequest&) { return answer_; }};
};

TEST_F(WebhookTest, PostsTheAlertAsJson) {
  ASSERT_TRUE(send_with({}));
  ASSERT_EQ(server.requests().size(), 1U);
  const FakeRequest request = server.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, std::string("/hook/") + kSecret);
  EXPECT_THAT(request.header("content-type"), HasSubstr("application/json"));
  const auto json = nlohmann::json::parse(request.body);
  EXPECT_THAT(json.at("text").get<std::string>(), HasSubstr("no WAL"));
}

TEST_F(WebhookTest, CountsOnlyAGoodAnswer) {
  for (const int status : {301, 404, 429, 500}) {
    const auto sent = send_with({.status = status});
    ASSERT_FALSE(sent) << status;
    EXPECT_THAT(sent.error().cause, HasSubstr(std::to_string(status)));
    EXPECT_THAT(sent.error().cause, Not(HasSubstr(kSecret)));
  }
  EXPECT_TRUE(send_with({.status = 204}));
}

TEST_F(WebhookTest, NamesNoLoginThatStandsInTheUrl) {
  AlertPolicy policy;
  policy.webhook = std::string("http://user:") + kSecret + "@127.0.0.1:1/hook";
  const auto sent = send(policy);
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().cause, HasSubstr("http://127.0.0.1:1"));
  EXPECT_THAT(sent.error().cause, Not(HasSubstr(kSecret)));
}

TEST_F(WebhookTest, DoesNotWaitForEver) {
  const auto sent = send_with({.silent = true}, std::chrono::milliseconds(300));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::transient);
}

TEST_F(WebhookTest, TakesItsUrlFromAFileThatOnlyItsOwnerReads) {
  const testing::TemporaryDirectory folder;
  AlertPolicy policy;
  policy.webhook_file = folder / "url";
  testing::write_text(policy.webhook_file, server.url() + "/from/a/file\n");
  std::filesystem::permissions(policy.webhook_file, std::filesystem::perms(0644));
  ASSERT_FALSE(send(policy));
  std::filesystem::permissions(policy.webhook_file, std::filesystem::perms(0600));
  ASSERT_TRUE(send(policy));
  EXPECT_EQ(server.requests().at(0).target, "/from/a/file");
}

TEST_F(WebhookTest, PingsTheHeartbeat) {
  EXPECT_TRUE(ping(server.url() + "/alive", kPatience));
  EXPECT_EQ(server.requests().at(0).method, "GET");
  answer_.status = 500;
  EXPECT_FALSE(ping(server.url() + "/alive", kPatience));
}

TEST(AlertCommand, GetsTheAlertOnItsInput) {
  const testing::TemporaryDirectory folder;
  AlertPolicy policy;
  policy.command = "cat > '" + (folder / "got").string() + "'";
  ASSERT_TRUE(send(policy));
  const auto json = nlohmann::json::parse(testing::read_text(folder / "got"));
  EXPECT_EQ(json.at("cluster"), "orders");
}

TEST(AlertCommand, FailsWithItsStatusOrAtTheDeadline) {
  AlertPolicy policy;
  policy.command = "exit 3";
  EXPECT_THAT(send(policy).error().cause, HasSubstr("status 3"));
  policy.command = "sleep 600";
  EXPECT_THAT(send(policy, std::chrono::milliseconds(300)).error().cause,
              HasSubstr("did not end within"));
}

TEST(Mail, RefusesAddressesThatAreNone) {
  AlertPolicy policy;
  policy.mail_server = "smtp://localhost:1";
  policy.mail_from = "walden@acme.example";
  for (const char* address : {"nobody", "a@b\r\nDATA", "<a@b>", "a@b c@d"}) {
    policy.mail_to = {address};
    const auto sent = send(policy);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, ErrorKind::configuration) << address;
  }
}

TEST(Mail, SaysThatNobodyAnswers) {
  AlertPolicy policy;
  policy.mail_server = "smtp://127.0.0.1:1";
  policy.mail_from = "walden@acme.example";
  policy.mail_to = {"dba@acme.example"};
  const auto sent = send(policy);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::transient);
  EXPECT_THAT(sent.error().cause,
              HasSubstr("cannot send mail to dba@acme.example by smtp://127.0.0.1:1"));
}

TEST(Mail, AsksAServerThatDoesNotAnswerOnce) {
  AlertPolicy policy;
  policy.mail_server = "smtp://127.0.0.1:1";
  policy.mail_from = "walden@acme.example";
  policy.mail_to = {"dba@acme.example", "boss@acme.example"};
  const auto channels = channels_of(policy);
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_THAT(channels[0].send(sample(), kPatience).error().cause, Not(HasSubstr("before")));
  const auto second = channels[1].send(sample(), kPatience);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::transient);
  EXPECT_THAT(second.error().cause, HasSubstr("boss@acme.example"));
  EXPECT_THAT(second.error().cause, HasSubstr("did not answer before"));
}

TEST(Mail, GoesOnceToAnAddressThatIsNamedTwice) {
  AlertPolicy policy;
  policy.mail_server = "smtp://127.0.0.1:1";
  policy.mail_from = "walden@acme.example";
  policy.mail_to = {"dba@acme.example", "boss@acme.example", "dba@acme.example"};
  EXPECT_EQ(channels_of(policy).size(), 2U);
}

}  // namespace
}  // namespace walden
