#include <curl/curl.h>
#include <fmt/format.h>

#include "common/store/content_range.h"
#include "common/store/s3_shared.h"

namespace walden {
namespace {

// The size is what stands behind the slash of "bytes 0-0/1234"; an empty object has no first byte,
// and a server that ignores ranges sends the whole.
std::optional<std::uint64_t> size_of(const HttpResponse& response) {
  if (response.status == 416) return 0;
  if (response.status != 206) return parse_length(response.header("content-length").value_or(""));
  const auto range = parse_content_range(response.header("content-range").value_or(""));
  return range && range->first == 0 ? range->total : std::nullopt;
}

// Takes a body only to throw it away.
class Nothing final : public ByteSink {
  [[nodiscard]] Result<> write(ByteView /*bytes*/) override { return {}; }
};

class HeadOnly final : public S3Download {
 public:
  [[nodiscard]] std::vector<HttpHeader> headers() const override {
    return {{"range", "bytes=0-0"}};
  }
  [[nodiscard]] Result<ByteSink*> begin(const HttpResponse& /*head*/) override { return &nothing_; }
  [[nodiscard]] Result<> end(const HttpResponse& /*head*/) override { return {}; }
  [[nodiscard]] std::uint64_t delivered() const override { return 0; }
  [[nodiscard]] bool complete() const override { return false; }
  [[nodiscard]] bool receiver_failed() const override { return false; }

 private:
  Nothing nothing_;
};

}  // namespace

Result<S3ObjectHead> read_head(S3Client& client, const std::string& key) {
  HeadOnly download;
  const auto answer = TRY(client.perform({.operation = "GetObject",
                                          .key = key,
                                          .answers = {416},
                                          .etag = true,
                                          .download = &download}));
  const HttpResponse& response = answer.response;
  const auto size = size_of(response);
  if (!size) {
    return fail(ErrorKind::transient, fmt::format("{}: the answer for {} says no size",
                                                  client.location().describe(), key));
  }
  S3ObjectHead head{.size = *size};
  const std::string modified(response.header("last-modified").value_or(""));
  head.modified = std::max<std::int64_t>(0, curl_getdate(modified.c_str(), nullptr));
  head.writer = response.header(kWriterHeader).value_or("");
  return head;
}

}  // namespace walden
