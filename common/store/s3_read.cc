#include "common/store/s3_read.h"

#include <fmt/format.h>

namespace walden {

Result<> S3Read::Counted::write(ByteView bytes) {
  auto written = next_.write(bytes);
  failed = !written;
  count += bytes.size();
  return written;
}

std::vector<HttpHeader> S3Read::headers() const {
  std::vector<HttpHeader> headers;
  if (!etag_.empty()) headers.push_back({"if-match", etag_});
  const std::uint64_t from = range_.offset + counted_.count;
  const std::uint64_t length = range_.length - counted_.count;
  if (!whole() && length - 1 <= ByteRange{}.length - from) {
    headers.push_back({"range", fmt::format("bytes={}-{}", from, from + (length - 1))});
  } else if (from > 0) {
    headers.push_back({"range", fmt::format("bytes={}-", from)});
  }
  return headers;
}

Result<ByteSink*> S3Read::begin(const HttpResponse& head) {
  const std::uint64_t from = range_.offset + counted_.count;
  const std::string_view range = head.header("content-range").value_or("");
  const bool as_asked = head.status == 206 ? range.starts_with(fmt::format("bytes {}-", from))
                                           : whole() && counted_.count == 0;
  if (!as_asked) {
    return fail(ErrorKind::transient,
                fmt::format("the server sent another part of the object than was asked for "
                            "(status {}, \"{}\", wanted from byte {})",
                            head.status, range.substr(0, 80), from));
  }
  if (etag_.empty()) etag_ = head.header("etag").value_or("");
  return &counted_;
}

}  // namespace walden
