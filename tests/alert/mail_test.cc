// Mail through a real SMTP server.
#include "common/alert/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/alert/channel.h"
#include "common/bytes/file_descriptor.h"
#include "tests/support/mail_server.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kPatience{20'000};
constexpr const char* kDba = "dba@acme.example";

Alert sample() {
  return {.cluster = "orders",
          .host = "db1",
          .problem = {.name = "wal", .critical = true, .what = "no WAL for 43 min"},
          .since = {1'795'231'000'000'000},
          .told = {1'795'231'600'000'000}};
}

class MailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_MAIL_SERVER();
    server = std::make_unique<testing::MailServer>();
    policy.mail_server = server->starttls();
    policy.mail_from = "walden@acme.example";
    policy.mail_to = {kDba};
    policy.mail_user = server->user();
    policy.mail_password_file = folder / "password";
    policy.mail_ca_file = server->certificate();
    write_password(server->password());
  }
  void write_password(const std::string& password) {
    testing::write_text(policy.mail_password_file, password + "\n");
    std::filesystem::permissions(policy.mail_password_file, std::filesystem::perms(0600));
  }
  void expect_taken() {
    const auto sent = send_mail(policy, kDba, sample(), kPatience);
    ASSERT_TRUE(sent) << sent.error().cause;
    const auto mails = server->mails();
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_THAT(mails[0].recipients, ElementsAre(kDba));
    EXPECT_EQ(mails[0].header("Subject"), "[walden] CRITICAL orders wal: no WAL for 43 min");
    EXPECT_THAT(mails[0].message, HasSubstr("\nWhat happened: no WAL for 43 min\n"));
  }
  void expect_refused(ErrorKind kind, const std::string& remedy) {
    const auto sent = send_mail(policy, kDba, sample(), kPatience);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, kind) << sent.error().cause;
    EXPECT_THAT(sent.error().remedy, HasSubstr(remedy)) << sent.error().cause;
    EXPECT_THAT(sent.error().cause, Not(HasSubstr(server->password())));
    EXPECT_TRUE(server->mails().empty());
  }

  testing::TemporaryDirectory folder;
  std::unique_ptr<testing::MailServer> server;
  AlertPolicy policy;
};

TEST_F(MailTest, IsSentWithTlsAndLogin) {
  expect_taken();
}

TEST_F(MailTest, IsSentToAServerThatSpeaksTlsFromTheFirstByte) {
  policy.mail_server = server->tls();
  expect_taken();
}

TEST_F(MailTest, IsHandedToTheMailServerOfThisHostWithoutEither) {
  policy.mail_server = server->plain();
  policy.mail_user.clear();
  policy.mail_ca_file.clear();
  expect_taken();
}

TEST_F(MailTest, SendsNoPasswordWithoutTls) {
  policy.mail_server = server->plain();
  expect_refused(ErrorKind::configuration, "offers no TLS");
}

TEST_F(MailTest, TrustsNoCertificateThatNobodyVouchesFor) {
  policy.mail_ca_file.clear();
  expect_refused(ErrorKind::configuration, "mail_ca_file");
}

TEST_F(MailTest, SaysThatTheLoginIsWrong) {
  write_password("another");
  expect_refused(ErrorKind::configuration, "mail_user and mail_password_file");
}

TEST_F(MailTest, TakesNoPasswordFromAFileThatOthersRead) {
  std::filesystem::permissions(policy.mail_password_file, std::filesystem::perms(0644));
  expect_refused(ErrorKind::configuration, "chmod 600");
}

// Who is gone must not keep it from the others, and is named.
TEST_F(MailTest, IsSentToEachThoughOneIsRefused) {
  policy.mail_to = {"gone@acme.example", kDba};
  std::vector<std::string> causes;
  for (const Channel& channel : channels_of(policy)) {
    if (const auto sent = channel.send(sample(), kPatience); !sent) {
      EXPECT_EQ(sent.error().kind, ErrorKind::configuration);
      causes.push_back(sent.error().cause);
    }
  }
  EXPECT_THAT(causes, ElementsAre(HasSubstr("gone@acme.example")));
  const auto mails = server->mails();
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_THAT(mails[0].recipients, ElementsAre(kDba));
}

TEST_F(MailTest, DoesNotWaitForEverForAServerThatSaysNothing) {
  const FileDescriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent.get(), 1), 0);
  ASSERT_EQ(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  policy.mail_server = "smtp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const auto sent = send_mail(policy, kDba, sample(), std::chrono::milliseconds(500));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::transient);
  EXPECT_THAT(sent.error().cause, HasSubstr("timed out"));
}

}  // namespace
}  // namespace walden
