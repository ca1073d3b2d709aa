// Requests to one bucket: signed, repeated while that makes sense, each within limits.
//
// A store's own refusals become errors of the right kind (s3_fault.h); a wrong region, a clock that
// is off and credentials that have expired are put right once and remembered. A read is believed
// only of what is known for an object store, and no cache on the way may answer it. Safe to use
// from several threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/store/aws_credentials.h"
#include "common/store/http_client.h"
#include "common/store/s3_location.h"
#include "common/store/s3_retry.h"
#include "common/store/sigv4.h"

namespace walden {

// Takes a body that may come in several answers.
class S3Download {
 public:
  S3Download() = default;
  S3Download(const S3Download&) = delete;
  S3Download& operator=(const S3Download&) = delete;
  virtual ~S3Download() = default;

  // What the next request says besides the usual: from where on, and of which object.
  [[nodiscard]] virtual std::vector<HttpHeader> headers() const = 0;
  // The answer, a 2xx, has begun: where its body goes.
  [[nodiscard]] virtual Result<ByteSink*> begin(const HttpResponse& head) = 0;
  // It has ended in good order: is it all that was asked for? transient: no, and more may come.
  [[nodiscard]] virtual Result<> end(const HttpResponse& head) = 0;
  [[nodiscard]] virtual std::uint64_t delivered() const = 0;
  // All that was asked for is there, whatever became of the connection afterwards.
  [[nodiscard]] virtual bool complete() const = 0;
  // The receiver's own failure: no other request mends it.
  [[nodiscard]] virtual bool receiver_failed() const = 0;
};

struct S3Request {
  std::string operation;  // "PutObject": for messages, and for permissions a person looks up
  std::string method = "GET";
  std::string key;  // with the prefix; empty: the bucket itself
  QueryParameters query;
  std::vector<HttpHeader> headers;
  ByteView body;
  std::string body_sha256{kEmptyPayloadSha256};
  std::vector<int> answers;  // statuses that the caller understands, besides 2xx
  // A 2xx alone is no success: proxies answer pages with 200, and S3 errors. These make it one.
  bool etag = false;   // the answer has an ETag, as everything about one object has
  std::string root;    // its body is an XML document of this root, whole
  bool brief = false;  // not worth much waiting
  bool slow = false;   // the server may think for minutes before it answers
  // Set from another thread when the answer is of no use any more: the request ends, as transient.
  const std::atomic<bool>* cancel = nullptr;
  S3Download* download = nullptr;
};

struct S3Answer {
  HttpResponse response;
  S3Fault fault;  // of a status in `answers`
};

class S3Client {
 public:
  // `say` gets what a person should know although nothing failed (S3Options::say); may be empty.
  S3Client(S3Location location, std::unique_ptr<CredentialSource> credentials,
           std::chrono::seconds patience, Clock clock = real_clock(),
           std::function<void(const std::string&)> say = {});

  [[nodiscard]] Result<S3Answer> perform(const S3Request& request);

  [[nodiscard]] S3Location location() const;  // as of now: the region may have been corrected
  [[nodiscard]] std::string credentials() const { return credentials_.describe(); }
  // What time it is for the server, as far as it has corrected ours.
  [[nodiscard]] std::chrono::system_clock::time_point server_time() const;

 private:
  enum class Then { answer, at_once, later, give_up };
  struct Outcome;
  struct Attempt;
  struct Corrections;
  [[nodiscard]] Outcome attempt(const S3Request& request, Attempt attempt, Corrections& done);
  [[nodiscard]] Result<HttpResponse> send(const S3Request& request, Attempt& attempt);
  [[nodiscard]] Outcome no_answer(const S3Request& request, Error error) const;
  void correct_clock(std::chrono::seconds offset);
  [[nodiscard]] bool correct(const S3Fault& fault, const HttpResponse& response,
                             const Attempt& attempt, Corrections& done);
  [[nodiscard]] std::unexpected<Error> give_up(const S3Request& request, Error error) const;

  mutable std::mutex mutex_;
  S3Location location_;                   // guarded by mutex_
  bool content_md5_ = false;              // guarded by mutex_: the bucket asked for it
  std::chrono::seconds clock_offset_{0};  // guarded by mutex_: the server's clock minus ours
  bool clock_told_ = false;               // guarded by mutex_
  const std::string description_;
  const std::chrono::milliseconds patience_;
  const Clock clock_;
  const std::function<void(const std::string&)> say_;
  RefreshingCredentials credentials_;
  HttpClient http_;
  RetryBudget budget_;
};

}  // namespace walden
