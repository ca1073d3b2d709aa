#include "common/store/http_exchange.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <exception>

namespace walden {
namespace {

constexpr std::size_t kMostHeaderBytes = 64U << 10U;
constexpr long kLongestConnection = 300;  // seconds
constexpr std::size_t kNothingTaken = 0;  // fewer bytes than were offered: libcurl ends the request

// A callback is called from C: no exception may leave it.
template <class Body>
std::size_t taking(std::size_t offered, std::optional<Error>& own_error, const Body& body) {
  try {
    if (Result<> taken = body(); !taken) {
      own_error = std::move(taken).error();
      return kNothingTaken;
    }
    return offered;
  } catch (const std::exception& error) {
    own_error = Error{ErrorKind::local_io, fmt::format("cannot go on: {}", error.what()), {}};
    return kNothingTaken;
  }
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// "HTTP/1.1 200 OK"
std::optional<int> status_of(std::string_view line) {
  if (!line.starts_with("HTTP/")) return std::nullopt;
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

// "https://host:port", of any URL: paths and queries may hold what a log should not.
std::string_view server_of(std::string_view url) {
  const auto host = url.find("://");
  return url.substr(0, host == std::string_view::npos ? 0 : url.find_first_of("/?", host + 3));
}

bool is_for_a_person(CURLcode code) {
  constexpr std::array kCodes{
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT,
      CURLE_UNSUPPORTED_PROTOCOL,     CURLE_SSL_CERTPROBLEM,    CURLE_SSL_CRL_BADFILE};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

std::string_view remedy_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "Name the CA that signed the server's certificate: s3_ca_file or AWS_CA_BUNDLE";
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "The endpoint is a URL such as https://s3.example.com:9000";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "See whether the endpoint's name is right and this host can resolve it";
    default:
      return "";
  }
}

}  // namespace

HttpExchange::~HttpExchange() {
  OPENSSL_cleanse(kept_.data(), kept_.size());
}

Result<HttpResponse> HttpExchange::run() {
  set_up();
  set_up_limits();
  set_up_body();
  if (!add_headers()) return fail(ErrorKind::local_io, "cannot send a request: out of memory");
  const CURLcode code = curl_easy_perform(handle_);
  if (own_error_) return std::unexpected(std::move(*own_error_));
  if (code != CURLE_OK) return explain(code);
  response_.body = Secret::copy_of(kept_);
  return std::move(response_);
}

void HttpExchange::set_up() {
  curl_easy_setopt(handle_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  // A name that leads to another server now is followed, however busy the connection is.
  curl_easy_setopt(handle_, CURLOPT_MAXLIFETIME_CONN, kLongestConnection);
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);  // no waiting for a name server that is silent
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, 512L << 10U);
  curl_easy_setopt(handle_, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20U);
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, "walden");
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle_, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);  // else the system's are believed as well
  }
  if (!options_.use_proxy) curl_easy_setopt(handle_, CURLOPT_PROXY, "");
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &HttpExchange::on_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
}

void HttpExchange::set_up_limits() {
  const HttpLimits& limits = request_.limits;
  // Nothing is sent while the first byte is waited for, which is no lack of speed.
  const auto slowest = std::max(limits.stalled, limits.first_byte);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(slowest).count();
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.least_speed));
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds));
  curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, &HttpExchange::on_progress);
  curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, this);
}

void HttpExchange::set_up_body() {
  const auto size = static_cast<curl_off_t>(request_.body.size());
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "PUT") {
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, size);
  } else if (request_.method == "POST") {
    curl_easy_setopt(handle_, CURLOPT_POST, 1L);
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, size);
  } else if (request_.method != "GET") {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &HttpExchange::on_read);
  curl_easy_setopt(handle_, CURLOPT_READDATA, this);
  curl_easy_setopt(handle_, CURLOPT_SEEKFUNCTION, &HttpExchange::on_seek);
  curl_easy_setopt(handle_, CURLOPT_SEEKDATA, this);
}

bool HttpExchange::add_headers() {
  std::vector<std::string> lines;
  // libcurl would wait a second for a "100 Continue" that not every server sends, and names a type
  // for a POST that no one signed.
  lines.emplace_back("expect:");
  if (std::ranges::find(request_.headers, "content-type", &HttpHeader::name) ==
      request_.headers.end()) {
    lines.emplace_back("content-type:");
  }
  for (const auto& [name, value] : request_.headers) {
    // An empty value is "name;" in libcurl's tongue; "name:" would take the header away.
    lines.push_back(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  for (std::string& line : lines) {
    curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
    OPENSSL_cleanse(line.data(), line.size());
    if (longer == nullptr) return false;
    (void)header_list_.release();
    header_list_.reset(longer);
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_.get());
  return true;
}

std::size_t HttpExchange::on_read(char* into, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  const ByteView left = exchange.request_.body.subspan(exchange.body_sent_);
  const std::size_t taken = std::min(left.size(), size * count);
  std::memcpy(into, left.data(), taken);
  exchange.body_sent_ += taken;
  return taken;
}

// libcurl goes back to the start when a kept connection turns out to be closed.
int HttpExchange::on_seek(void* self, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<std::size_t>(offset) > exchange.request_.body.size()) {
    return CURL_SEEKFUNC_FAIL;
  }
  exchange.body_sent_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t HttpExchange::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  return taking(size * count, exchange.own_error_, [&] {
    return exchange.take_header({line, size * count});
  });
}

Result<> HttpExchange::take_header(std::string_view line) {
  answered_ = true;
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    return fail(ErrorKind::transient,
                fmt::format("{}: the answer's headers do not end", server_of(request_.url)));
  }
  if (const auto status = status_of(line)) {  // again after a "100 Continue"
    response_.status = *status;
    response_.headers.clear();
    return {};
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};  // the empty line at the end
  response_.headers.push_back(
      {lower_case(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
  return {};
}

std::size_t HttpExchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  return taking(size * count, exchange.own_error_, [&] {
    return exchange.take_body(bytes_of({bytes, size * count}));
  });
}

Result<> HttpExchange::take_body(ByteView bytes) {
  if (!routed_) {
    routed_ = true;
    if (route_) sink_ = TRY(route_(response_));
  }
  return sink_ == nullptr ? keep(bytes) : sink_->write(bytes);
}

// Grows by hand: a reallocation of the vector's own would leave what may be a secret behind.
Result<> HttpExchange::keep(ByteView bytes) {
  if (bytes.size() > request_.limits.body - kept_.size()) {
    return fail(ErrorKind::transient, fmt::format("{}: the answer is longer than {} bytes",
                                                  server_of(request_.url), request_.limits.body));
  }
  if (kept_.size() + bytes.size() > kept_.capacity()) {
    Buffer larger;
    larger.reserve(std::max(2 * kept_.capacity(), kept_.size() + bytes.size()));
    larger.assign(kept_.begin(), kept_.end());
    OPENSSL_cleanse(kept_.data(), kept_.size());
    kept_ = std::move(larger);
  }
  kept_.insert(kept_.end(), bytes.begin(), bytes.end());
  return {};
}

int HttpExchange::on_progress(void* self, curl_off_t /*to_receive*/, curl_off_t received,
                              curl_off_t /*to_send*/, curl_off_t sent) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  exchange.cancelled_ = exchange.request_.cancel != nullptr && *exchange.request_.cancel;
  if (exchange.cancelled_) return 1;
  const auto now = std::chrono::steady_clock::now();
  exchange.late_ = exchange.first_byte_is_late(sent, now);
  exchange.stalled_ = !exchange.late_ && exchange.nothing_moves(received + sent, now);
  return exchange.late_ || exchange.stalled_ ? 1 : 0;
}

bool HttpExchange::first_byte_is_late(curl_off_t sent, std::chrono::steady_clock::time_point now) {
  if (answered_ || static_cast<std::size_t>(sent) < request_.body.size()) return false;
  curl_off_t connected = 0;
  curl_easy_getinfo(handle_, CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (connected == 0) return false;
  if (!sent_at_) sent_at_ = now;
  return now - *sent_at_ > request_.limits.first_byte;
}

// libcurl's own low-speed limit looks at the mean of several seconds: after a burst it sees a
// standstill late. Waiting for the first byte is the other limit's business.
bool HttpExchange::nothing_moves(curl_off_t moved, std::chrono::steady_clock::time_point now) {
  const bool waiting = !answered_ && static_cast<std::size_t>(moved) >= request_.body.size();
  if (moved != moved_ || moved == 0 || waiting) {
    moved_ = moved;
    moved_at_ = now;
    return false;
  }
  return now - moved_at_ > request_.limits.stalled;
}

std::unexpected<Error> HttpExchange::explain(CURLcode code) const {
  std::string what = curl_easy_strerror(code);
  if (cancelled_) {
    what = "broken off";
  } else if (late_) {
    what = fmt::format("no answer for {} ms", request_.limits.first_byte.count());
  } else if (stalled_) {
    what = fmt::format("nothing moved for {} ms", request_.limits.stalled.count());
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    what = "timed out";
  } else if (code == CURLE_PARTIAL_FILE) {
    what = "the answer broke off";
  }
  return fail(is_for_a_person(code) ? ErrorKind::configuration : ErrorKind::transient,
              fmt::format("{}: {}", server_of(request_.url), what), std::string(remedy_of(code)));
}

}  // namespace walden
