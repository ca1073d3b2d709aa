#include "common/store/s3_read.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/store/content_range.h"

namespace walden {

Result<> S3Read::Counted::write(ByteView bytes) {
  const std::uint64_t room = wanted ? *wanted - count : bytes.size();
  const ByteView taken = bytes.first(std::min<std::uint64_t>(bytes.size(), room));
  auto written = next_.write(taken);
  failed = !written;
  if (failed) return written;
  count += taken.size();
  if (taken.size() == bytes.size()) return {};
  return fail(ErrorKind::transient, "the server sent more than was asked for");
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

std::unexpected<Error> S3Read::another_part(const HttpResponse& head) const {
  const std::string_view range = head.header("content-range").value_or("");
  return fail(ErrorKind::transient,
              fmt::format("the server sent another part of the object than was asked for "
                          "(status {}, \"{}\", wanted from byte {})",
                          head.status, range.substr(0, 80), range_.offset + counted_.count));
}

// Of one object it is always the same, whichever answer says it.
Result<> S3Read::want(std::uint64_t bytes) {
  if (!counted_.wanted) counted_.wanted = bytes;
  if (counted_.wanted == bytes) return {};
  return fail(ErrorKind::transient, fmt::format("the object had {} bytes to be read, and now {}",
                                                *counted_.wanted, bytes));
}

// Up to the last byte that was asked for, or the object's last. A part that ends before would pass
// for the whole.
Result<> S3Read::take_part(const HttpResponse& head) {
  const auto part = parse_content_range(head.header("content-range").value_or(""));
  if (!part || part->first != range_.offset + counted_.count) return another_part(head);
  const std::uint64_t most = ByteRange{}.length - range_.offset;
  const bool bounded = !whole() && range_.length <= most;
  const std::uint64_t asked = bounded ? range_.offset + (range_.length - 1) : ByteRange{}.length;
  const std::uint64_t last = part->total ? std::min(asked, *part->total - 1) : asked;
  if (part->last != last) return another_part(head);
  chunked_ = false;
  return want(last - range_.offset + 1);
}

Result<> S3Read::take_whole(const HttpResponse& head) {
  if (head.status != 200 || !whole() || counted_.count != 0) return another_part(head);
  if (const auto length = parse_length(head.header("content-length").value_or(""))) {
    return want(*length);
  }
  // What ends with the connection may have been cut off.
  chunked_ = head.header("transfer-encoding").value_or("").ends_with("chunked");
  if (chunked_) return {};
  return fail(ErrorKind::transient, "the server does not say how long the object is");
}

Result<ByteSink*> S3Read::begin(const HttpResponse& head) {
  TRY(head.status == 206 ? take_part(head) : take_whole(head));
  begun_ = true;
  if (etag_.empty()) etag_ = head.header("etag").value_or("");
  return &counted_;
}

Result<> S3Read::end(const HttpResponse& head) {
  if (!begun_) TRY(begin(head));  // no byte of a body came: that may be all
  if (complete() || chunked_) return {};
  return fail(ErrorKind::transient, fmt::format("the answer ended after {} of {} bytes",
                                                counted_.count, counted_.wanted.value_or(0)));
}

}  // namespace walden
