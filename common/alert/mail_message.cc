#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "common/alert/mail.h"

namespace walden {
namespace {

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string base64(std::string_view text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

// RFC 2047: words of at most 75 bytes, each whole letters.
std::string header_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  constexpr std::size_t kMostInOne = 42;
  std::string encoded;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kMostInOne);
    while (size > 1 && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) {
      --size;
    }
    if (!encoded.empty()) encoded += "\r\n ";
    encoded += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return encoded;
}

std::string body_of(std::string_view text, bool plain) {
  std::string lines;
  if (plain) {
    for (const char c : text) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return lines;
  }
  const std::string encoded = base64(text);
  constexpr std::size_t kColumns = 76;
  for (std::size_t at = 0; at < encoded.size(); at += kColumns) {
    lines += encoded.substr(at, kColumns) + "\r\n";
  }
  return lines;
}

// In English whatever the locale: RFC 5322.
std::string date_of(Instant time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time.microseconds / 1'000'000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                     kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

// The messages of one incident are shown as one conversation.
std::string incident_id(const Alert& alert) {
  return fmt::format("{}.{}.{}", alert.cluster, alert.problem.name, alert.since.microseconds);
}

}  // namespace

std::string mail_message(const AlertPolicy& policy, const std::string& recipient,
                         const Alert& alert) {
  const std::string text = alert_text(alert);
  const bool plain = is_plain(text);
  std::string message = fmt::format("Date: {}\r\n", date_of(alert.told));
  message += fmt::format("From: {}\r\n", policy.mail_from);
  message += fmt::format("To: {}\r\n", recipient);
  message += fmt::format("Subject: {}\r\n", header_text(alert_subject(alert)));
  message += fmt::format("Message-ID: <{}.{}.{}@{}>\r\n", incident_id(alert),
                         alert.told.microseconds, ::getpid(), alert.host);
  message += fmt::format("References: <{}@{}>\r\n", incident_id(alert), alert.host);
  message += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  message += "Content-Type: text/plain; charset=utf-8\r\n";
  message += fmt::format("Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
  return message + body_of(text, plain);
}

}  // namespace walden
