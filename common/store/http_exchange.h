// One request and its answer on a libcurl handle: what HttpClient does while it has the handle.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>

#include "common/store/http_client.h"

namespace walden {

struct CurlCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlCleanup>;
using CurlList = std::unique_ptr<curl_slist, CurlCleanup>;

class HttpExchange {
 public:
  // All of it must outlive run().
  HttpExchange(CURL* handle, const HttpClientOptions& options, const HttpRequest& request,
               const BodyRoute& route)
      : handle_(handle), options_(options), request_(request), route_(route) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  ~HttpExchange();

  [[nodiscard]] Result<HttpResponse> run();

 private:
  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t to_receive, curl_off_t received, curl_off_t to_send,
                         curl_off_t sent);

  [[nodiscard]] bool first_byte_is_late(curl_off_t sent, std::chrono::steady_clock::time_point now);
  [[nodiscard]] bool nothing_moves(curl_off_t moved, std::chrono::steady_clock::time_point now);
  void set_up();
  void set_up_body();
  void set_up_limits();
  [[nodiscard]] bool add_headers();
  [[nodiscard]] Result<> take_header(std::string_view line);
  [[nodiscard]] Result<> take_body(ByteView bytes);
  [[nodiscard]] Result<> keep(ByteView bytes);
  [[nodiscard]] std::unexpected<Error> explain(CURLcode code) const;

  CURL* handle_;
  const HttpClientOptions& options_;
  const HttpRequest& request_;
  const BodyRoute& route_;

  CurlList header_list_;
  std::size_t body_sent_ = 0;
  std::size_t header_bytes_ = 0;
  bool answered_ = false;
  bool routed_ = false;
  bool late_ = false;  // the first byte did not come in time
  bool cancelled_ = false;
  bool stalled_ = false;  // nothing moved for too long
  std::optional<std::chrono::steady_clock::time_point> sent_at_;
  curl_off_t moved_ = 0;  // bytes, either way
  std::chrono::steady_clock::time_point moved_at_;
  ByteSink* sink_ = nullptr;
  Buffer kept_;
  HttpResponse response_;
  std::optional<Error> own_error_;  // of the sink or of a check, not libcurl's
};

}  // namespace walden
