// A small HTTP/1.1 server on 127.0.0.1 that answers as the test says, and keeps what it was asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace walden::testing {

struct FakeRequest {
  std::string method;
  std::string target;                          // as it was sent: path and query
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
  [[nodiscard]] std::string header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct FakeAnswer {
  int status = 200;
  std::string body{};
  std::map<std::string, std::string> headers{};
  std::optional<std::size_t>
      cut_at{};             // closes after so many bytes of the body; its length is said
  bool silent = false;      // never answers; the connection stays open
  bool says_length = true;  // no: the body ends with the connection, or as its headers say
};

// One thread per connection, which may carry many requests. `answer` is called from those threads,
// from several at once. Everything ends with the object.
class FakeHttpServer {
 public:
  using Script = std::function<FakeAnswer(const FakeRequest&)>;
  explicit FakeHttpServer(Script answer);
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;
  ~FakeHttpServer();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;                    // "http://127.0.0.1:PORT"
  [[nodiscard]] std::vector<FakeRequest> requests() const;  // until now, in order of arrival

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace walden::testing
