// A real SMTP server on this host (tests/support/mail-server), and the mails it has taken.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {

// Why there can be none; nothing when there can.
[[nodiscard]] std::optional<std::string> mail_server_is_missing();

struct Mail {
  std::vector<std::string> recipients;
  std::string message;
  [[nodiscard]] std::string header(const std::string& name) const;  // its first line
};

class MailServer {
 public:
  MailServer();  // throws when it does not come up

  // "smtp://localhost:PORT", TLS begun on it and a login wanted; "smtps://…", the same with TLS
  // from the first byte; "smtp://localhost:PORT" of one that wants neither.
  [[nodiscard]] std::string starttls() const { return "smtp://localhost:" + ports_.at("starttls"); }
  [[nodiscard]] std::string tls() const { return "smtps://localhost:" + ports_.at("tls"); }
  [[nodiscard]] std::string plain() const { return "smtp://localhost:" + ports_.at("plain"); }
  [[nodiscard]] std::string user() const { return "walden"; }
  [[nodiscard]] std::string certificate() const { return folder_ / "certificate.pem"; }
  [[nodiscard]] std::string password() const { return "a pass word"; }

  [[nodiscard]] std::vector<Mail> mails() const;  // in the order in which they came

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<RunningProcess> process_;
  std::map<std::string, std::string> ports_;
};

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_MAIL_SERVER()                                        \
  if (const auto missing = ::walden::testing::mail_server_is_missing(); missing) \
  GTEST_SKIP() << *missing
