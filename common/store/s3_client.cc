#include "common/store/s3_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "common/store/s3_limits.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

// The shortest time that credentials are worth asking for.
constexpr milliseconds kLeastForCredentials = seconds(1);

std::optional<system_clock::time_point> time_of(const HttpResponse& response) {
  const auto date = response.header("date");
  if (!date) return std::nullopt;
  const std::time_t time = curl_getdate(std::string(*date).c_str(), nullptr);
  if (time < 0) return std::nullopt;
  return system_clock::from_time_t(time);
}

// Not for security: every S3 server knows it, other checksums' headers not.
std::string md5_base64(ByteView bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) {
    return {};  // forbidden by a policy of this host: the server's refusal says what is missing
  }
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), digest.data(), int(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// A web server's page can have an ETag. What an object store says besides: the request's id, as
// Amazon and most others do; Google its own; some (Garage) nothing but what was stored along with
// the object, which Walden's have (kWriterHeader). "x-amz-" alone also stands on a CDN's pages.
bool is_an_object_stores(const HttpResponse& response) {
  return std::ranges::any_of(response.headers, [](const HttpHeader& header) {
    constexpr std::array<std::string_view, 3> kIds{"x-amz-request-id", "x-amz-id-2",
                                                   "x-guploader-uploadid"};
    return std::ranges::find(kIds, header.name) != kIds.end() ||
           header.name.starts_with("x-amz-meta-");
  });
}

// What has no ETag is a proxy's page, or an error that came too late for its status, and must not
// be taken for the content or for an acknowledgement.
bool is_what_was_asked(const S3Request& request, const HttpResponse& response) {
  if (!is_success(response)) return false;
  if (request.etag && response.header("etag").value_or("").empty()) return false;
  if (request.download != nullptr && !is_an_object_stores(response)) return false;
  return request.root.empty() || root_of_document(response.text()) == request.root;
}

std::uint64_t delivered(const S3Request& request) {
  return request.download == nullptr ? 0 : request.download->delivered();
}

}  // namespace

// What comes after an attempt, and what it gave.
struct S3Client::Outcome {
  Then then = Then::give_up;
  S3Answer answer{};
  Error error{};
  bool throttled = false;
  std::optional<seconds> retry_after{};
};

// What one attempt was made with.
struct S3Client::Attempt {
  S3Location location;
  std::shared_ptr<const AwsCredentials> credentials;
  bool content_md5 = false;
  int number = 1;
  milliseconds left{0};  // of the operation's patience
};

// Each is made once for a request: twice the same answer is an answer.
struct S3Client::Corrections {
  bool region = false;
  bool clock = false;
  bool credentials = false;
  bool content_md5 = false;
};

S3Client::S3Client(S3Location location, std::unique_ptr<CredentialSource> credentials,
                   seconds patience, Clock clock, std::function<void(const std::string&)> say)
    : location_(std::move(location)),
      description_(location_.describe()),
      patience_(patience),
      clock_(std::move(clock)),
      say_(std::move(say)),
      credentials_(std::move(credentials)),
      http_({.ca_file = location_.ca_file}) {}

S3Location S3Client::location() const {
  const std::scoped_lock lock(mutex_);
  return location_;
}

system_clock::time_point S3Client::server_time() const {
  const std::scoped_lock lock(mutex_);
  return system_clock::now() + clock_offset_;
}

Result<HttpResponse> S3Client::send(const S3Request& request, Attempt& attempt) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::max(attempt.left, kLeastForCredentials);
  attempt.credentials = TRY(credentials_.current(deadline));
  seconds offset{0};
  {
    const std::scoped_lock lock(mutex_);
    attempt.location = location_;
    offset = clock_offset_;
    attempt.content_md5 = content_md5_ && request.method == "PUT";
  }
  RequestToSign to_sign{.method = request.method,
                        .host = attempt.location.host(),
                        .path = attempt.location.path(request.key),
                        .query = request.query,
                        .headers = request.headers,
                        .payload_sha256 = request.body_sha256};
  if (request.download != nullptr) {
    const auto more = request.download->headers();
    to_sign.headers.insert(to_sign.headers.end(), more.begin(), more.end());
  }
  if (attempt.content_md5) to_sign.headers.push_back({"content-md5", md5_base64(request.body)});
  const std::string query = canonical_query(request.query);
  auto headers = sign(to_sign, {attempt.location.region, "s3", system_clock::now() + offset},
                      *attempt.credentials);
  // A cache's old answer would make an object absent that is there. Not signed: it is spoken to
  // whatever stands on the way, which may change it.
  if (request.method == "GET") headers.push_back({"cache-control", "no-cache"});
  const HttpRequest http{.method = request.method,
                         .url = fmt::format("{}{}{}{}{}", attempt.location.scheme(), to_sign.host,
                                            to_sign.path, query.empty() ? "" : "?", query),
                         .headers = std::move(headers),
                         .body = request.body,
                         .limits = s3_limits(request, patience_, attempt.number, attempt.left),
                         .cancel = request.cancel};
  if (request.download == nullptr) return http_.perform(http);
  return http_.perform(http, [&](const HttpResponse& head) -> Result<ByteSink*> {
    return is_what_was_asked(request, head) ? request.download->begin(head) : nullptr;
  });
}

// Said once: whoever does not set the clock is not told with each object.
void S3Client::correct_clock(seconds offset) {
  {
    const std::scoped_lock lock(mutex_);
    clock_offset_ = offset;
    if (std::exchange(clock_told_, true) || !say_) return;
  }
  say_(fmt::format(
      "{}: this host's clock is {} s {} the server's; requests are signed for the "
      "server's time. Set it: timedatectl set-ntp true",
      description_, std::chrono::abs(offset).count(), offset.count() > 0 ? "behind" : "ahead of"));
}

bool S3Client::correct(const S3Fault& fault, const HttpResponse& response, const Attempt& attempt,
                       Corrections& done) {
  const auto once = [](bool& flag) { return !std::exchange(flag, true); };
  if (fault.asks_for_content_md5()) {
    const std::scoped_lock lock(mutex_);
    content_md5_ = true;
    return !attempt.content_md5 && once(done.content_md5);
  }
  switch (fault.next()) {
    case S3Fault::Next::other_region: {
      if (fault.region.empty() || fault.region == attempt.location.region || !once(done.region)) {
        return false;
      }
      const std::scoped_lock lock(mutex_);
      location_.region = fault.region;
      return true;
    }
    case S3Fault::Next::correct_clock: {
      const auto time = time_of(response);
      if (!time || !once(done.clock)) return false;
      correct_clock(std::chrono::round<seconds>(*time - system_clock::now()));
      return true;
    }
    case S3Fault::Next::new_credentials:
      return once(done.credentials) && credentials_.reject(attempt.credentials);
    default:
      return false;
  }
}

std::unexpected<Error> S3Client::give_up(const S3Request& request, Error error) const {
  if (!request.key.empty()) {
    const auto prefix = location().prefix.size();
    error.cause = fmt::format("{} ({})", error.cause, std::string_view(request.key).substr(prefix));
  }
  return std::unexpected(error.within(description_));
}

S3Client::Outcome S3Client::no_answer(const S3Request& request, Error error) const {
  if (request.download != nullptr && request.download->complete()) return {.then = Then::answer};
  const bool cancelled = request.cancel != nullptr && *request.cancel;
  const bool doubt = error.kind == ErrorKind::transient && !cancelled;
  return {.then = doubt ? Then::later : Then::give_up, .error = std::move(error)};
}

S3Client::Outcome S3Client::attempt(const S3Request& request, Attempt attempt, Corrections& done) {
  auto response = send(request, attempt);
  if (!response) return no_answer(request, std::move(response).error());
  if (is_what_was_asked(request, *response)) {
    const auto whole = request.download == nullptr ? Result<>() : request.download->end(*response);
    if (!whole) return no_answer(request, whole.error());
    budget_.give_back();
    return {.then = Then::answer, .answer = {std::move(*response), {}}};
  }
  const S3Fault fault = read_fault(*response);
  const S3Fault::Next next = fault.next();
  const bool understood = std::ranges::find(request.answers, fault.status) != request.answers.end();
  if (understood && next == S3Fault::Next::give_up) {
    return {.then = Then::answer, .answer = {std::move(*response), fault}};
  }
  if (correct(fault, *response, attempt, done)) return {.then = Then::at_once};
  const bool throttled = next == S3Fault::Next::try_slower;
  return {.then = throttled || next == S3Fault::Next::try_again ? Then::later : Then::give_up,
          .error = fault.error(request.operation),
          .throttled = throttled,
          .retry_after = fault.retry_after};
}

Result<S3Answer> S3Client::perform(const S3Request& request) {
  S3Retries retries(budget_, clock_, s3_patience(request, patience_));
  Corrections done;
  for (int number = 1;;) {
    const std::uint64_t before = delivered(request);
    const Clock::Time begun = clock_.now();
    Outcome outcome = attempt(request, {.number = number, .left = retries.left()}, done);
    if (outcome.then == Then::answer) return std::move(outcome.answer);
    if (outcome.then == Then::at_once) continue;
    if (request.download != nullptr && request.download->receiver_failed()) {
      return std::unexpected(std::move(outcome.error));
    }
    if (outcome.then == Then::give_up) return give_up(request, std::move(outcome.error));
    ++number;
    const std::uint64_t got = delivered(request) - before;
    if (got > 0 && s3_time_for(got) >= clock_.now() - begun) retries.progressed();
    if (!retries.another_try(outcome.throttled, outcome.retry_after, request.cancel)) {
      return give_up(request, std::move(outcome.error));
    }
  }
}

}  // namespace walden
