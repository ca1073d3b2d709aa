#include "common/store/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "common/store/http_exchange.h"

namespace walden {
namespace {

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

std::optional<std::string_view> HttpResponse::header(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(headers, lower_case_name, &HttpHeader::name);
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

struct HttpClient::Pool {
  // The most recently used first: its connection is the likeliest to be open still.
  [[nodiscard]] CurlHandle take() {
    const std::scoped_lock lock(mutex);
    if (idle.empty()) return CurlHandle(curl_easy_init());
    CurlHandle handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }
  void give_back(CurlHandle handle) {
    const std::scoped_lock lock(mutex);
    idle.push_back(std::move(handle));
  }

  HttpClientOptions options;
  std::mutex mutex;
  std::vector<CurlHandle> idle;
};

HttpClient::HttpClient(HttpClientOptions options) : pool_(new Pool) {
  initialise_curl();
  pool_->options = std::move(options);
}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::perform(const HttpRequest& request, const BodyRoute& route) {
  CurlHandle handle = pool_->take();
  if (!handle) return fail(ErrorKind::local_io, "cannot set up an HTTP connection: out of memory");
  auto response = HttpExchange(handle.get(), pool_->options, request, route).run();
  curl_easy_reset(handle.get());  // forgets the request, keeps the connection
  pool_->give_back(std::move(handle));
  return response;
}

}  // namespace walden
