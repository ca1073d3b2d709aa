#include "common/alert/mail.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "common/alert/webhook.h"
#include "common/program/passphrase.h"
#include "common/store/http_client.h"
#include "common/store/http_exchange.h"

namespace walden {
namespace {

// What stands in an envelope or a header must not end it.
bool is_address(std::string_view text) {
  return text.find('@') != std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '<' && c != '>';
         });
}

Result<> check_addresses(const AlertPolicy& policy, const std::string& recipient) {
  for (const std::string& address : {policy.mail_from, recipient}) {
    if (is_address(address)) continue;
    return fail(ErrorKind::configuration, fmt::format("\"{}\" is no mail address", address),
                "mail_from and mail_to are plain addresses: dba@acme.example");
  }
  return {};
}

bool is_this_host(std::string_view server) {
  const auto begin = server.find("://");
  if (begin == std::string_view::npos) return false;
  std::string_view host = server.substr(begin + 3);
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find_first_of(":/"));
  return host == "localhost" || host == "127.0.0.1";
}

struct Text {
  std::string_view left;
};

std::size_t read_text(char* into, std::size_t size, std::size_t count, void* self) {
  auto& text = *static_cast<Text*>(self);
  const std::size_t taken = std::min(text.left.size(), size * count);
  std::memcpy(into, text.left.data(), taken);
  text.left.remove_prefix(taken);
  return taken;
}

bool is_for_a_person(CURLcode code, long status) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return status >= 500;
  }
}

bool is_silence(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
         code == CURLE_OPERATION_TIMEDOUT;
}

std::string remedy_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "Name the CA that signed the mail server's certificate: mail_ca_file";
    case CURLE_LOGIN_DENIED:
      return "See mail_user and mail_password_file";
    case CURLE_USE_SSL_FAILED:
      return "The mail server offers no TLS; only one on localhost may go without";
    default:
      return "";
  }
}

std::unexpected<Error> explain(CURL* handle, CURLcode code, const std::string& recipient,
                               const std::string& server) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  std::string what = code == CURLE_OPERATION_TIMEDOUT ? "timed out" : curl_easy_strerror(code);
  if (status >= 400) what += fmt::format(" (it said {})", status);
  return fail(is_for_a_person(code, status) ? ErrorKind::configuration : ErrorKind::transient,
              fmt::format("cannot send mail to {} by {}: {}", recipient, server, what),
              remedy_of(code));
}

Result<Secret> password_of(const AlertPolicy& policy) {
  if (policy.mail_password_file.empty()) return Secret();
  return read_passphrase_file(policy.mail_password_file, "mail password");
}

void log_in(CURL* handle, const AlertPolicy& policy, const Secret& password) {
  curl_easy_setopt(handle, CURLOPT_USERNAME, policy.mail_user.c_str());
  const std::string_view text = text_of(password.view());
  Secret ended(text.size() + 1);
  std::ranges::copy(password.view(), ended.writable().begin());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, reinterpret_cast<const char*>(ended.view().data()));
}

void limit(CURL* handle, std::chrono::milliseconds patience) {
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(patience.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   std::max<long>(1, static_cast<long>(patience.count() / 1000)));
}

}  // namespace

Result<> send_mail(const AlertPolicy& policy, const std::string& recipient, const Alert& alert,
                   std::chrono::milliseconds patience, bool* silent) {
  TRY(check_addresses(policy, recipient));
  const HttpClient set_up;  // libcurl, once for the program
  const CurlHandle handle(curl_easy_init());
  const CurlList recipients(curl_slist_append(nullptr, fmt::format("<{}>", recipient).c_str()));
  if (!handle || !recipients) return fail(ErrorKind::local_io, "cannot send mail: out of memory");
  CURL* mail = handle.get();
  limit(mail, patience);
  curl_easy_setopt(mail, CURLOPT_URL, policy.mail_server.c_str());
  curl_easy_setopt(mail, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  const bool may_be_plain = policy.mail_user.empty() && is_this_host(policy.mail_server);
  curl_easy_setopt(mail, CURLOPT_USE_SSL, may_be_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL);
  if (!policy.mail_ca_file.empty()) {
    curl_easy_setopt(mail, CURLOPT_CAINFO, policy.mail_ca_file.c_str());
  }
  if (!policy.mail_user.empty()) {
    const Secret password = TRY(password_of(policy));
    log_in(mail, policy, password);
  }
  curl_easy_setopt(mail, CURLOPT_MAIL_FROM, fmt::format("<{}>", policy.mail_from).c_str());
  curl_easy_setopt(mail, CURLOPT_MAIL_RCPT, recipients.get());
  const std::string message = mail_message(policy, recipient, alert);
  Text text{message};
  curl_easy_setopt(mail, CURLOPT_READFUNCTION, &read_text);
  curl_easy_setopt(mail, CURLOPT_READDATA, &text);
  curl_easy_setopt(mail, CURLOPT_UPLOAD, 1L);
  const CURLcode code = curl_easy_perform(mail);
  if (code == CURLE_OK) return {};
  if (silent != nullptr) *silent = is_silence(code);
  return explain(mail, code, recipient, server_of(policy.mail_server));
}

}  // namespace walden
