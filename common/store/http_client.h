// HTTP/1.1 through libcurl: one request, one answer. Knows nothing of S3, signing or retries.
//
// Safe to use from several threads: each request takes a connection from a pool and gives it back,
// so that connections and TLS sessions are reused. Redirects are never followed (a signature names
// its host) and the path is sent as it is given. Certificates are always verified.
//
// Errors: transient for everything that the network did (no route, reset, timeout, a body that
// ended early); configuration for what only a person can mend (a certificate that is not trusted, a
// CA file that cannot be read, a malformed URL). An answer with any status is a success here.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/bytes.h"
#include "common/bytes/secret.h"

namespace walden {

struct HttpHeader {
  std::string name;  // lower case
  std::string value;
};

struct HttpLimits {
  std::chrono::milliseconds connect{5000};       // name, TCP and TLS
  std::chrono::milliseconds first_byte{30'000};  // from the request sent to the answer's first byte
  std::chrono::milliseconds stalled{20'000};     // slower than least_speed for so long, either way
  std::uint32_t least_speed = 1000;              // bytes a second
  std::chrono::milliseconds total{120'000};
  std::size_t body = 1U << 20U;  // of an answer that is kept; a longer one is transient
};

struct HttpRequest {
  std::string method;  // GET, HEAD, PUT, POST, DELETE
  std::string url;     // absolute, encoded
  std::vector<HttpHeader> headers;
  ByteView body;  // PUT and POST; must outlive the request
  HttpLimits limits;
  const std::atomic<bool>* cancel = nullptr;  // true, from another thread: ends it, as transient
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  Secret body;  // what no sink took; credentials come this way, so it is wiped

  [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const;
  [[nodiscard]] std::string_view text() const { return text_of(body.view()); }
};

// Asked once, when the first byte of a body arrives and status and headers are known: where the
// body goes. Null: it is kept in the answer. An error ends the request and is returned unchanged.
using BodyRoute = std::function<Result<ByteSink*>(const HttpResponse& head)>;

struct HttpClientOptions {
  std::string ca_file;    // PEM; empty: the system's own
  bool use_proxy = true;  // the *_proxy variables; off for the addresses of instance metadata
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // An error of the sink that `route` names ends the request and is returned unchanged. What the
  // sink got before an error is right but incomplete.
  [[nodiscard]] Result<HttpResponse> perform(const HttpRequest& request,
                                             const BodyRoute& route = {});

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace walden
