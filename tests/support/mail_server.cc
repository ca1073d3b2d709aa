#include "tests/support/mail_server.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

std::string program_path() {
  return WALDEN_MAIL_SERVER;
}

Mail read_mail(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  Mail mail;
  std::ostringstream message;
  bool envelope = true;
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    envelope = envelope && line.starts_with("RCPT ");
    if (envelope) {
      mail.recipients.push_back(line.substr(5));
    } else {
      message << line << '\n';
    }
  }
  mail.message = message.str();
  return mail;
}

}  // namespace

std::optional<std::string> mail_server_is_missing() {
  const Outcome asked = run({.argv = {"/usr/bin/python3", "-c", "import aiosmtpd.controller"}});
  if (asked.exit_code == 0) return std::nullopt;
  return "python3-aiosmtpd is not installed";
}

std::string Mail::header(const std::string& name) const {
  std::istringstream lines(message);
  std::string line;
  while (std::getline(lines, line) && !line.empty()) {
    if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
  }
  return {};
}

MailServer::MailServer() {
  // The user that PostgreSQL runs as must reach the certificate.
  fs::permissions(folder_.path(), fs::perms(0755));
  process_ = std::make_unique<RunningProcess>(
      Command{.argv = {program_path(), folder_.path(), user(), password()}});
  if (!eventually([&] { return process_->out_so_far().find("plain ") != std::string::npos; })) {
    throw std::runtime_error("the mail server does not come up: " + process_->err_so_far());
  }
  std::istringstream lines(process_->out_so_far());
  std::string name;
  std::string port;
  while (lines >> name >> port) ports_[name] = port;
}

std::vector<Mail> MailServer::mails() const {
  std::vector<Mail> all;
  for (int number = 1;; ++number) {
    const fs::path path = folder_ / ("mail-" + std::to_string(number));
    if (!fs::exists(path)) return all;
    all.push_back(read_mail(path));
  }
}

}  // namespace walden::testing
