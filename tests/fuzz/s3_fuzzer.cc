// What an S3 server answers: listings, error documents, headers, and bodies in parts.
//
// input: a header's value | status | XML | offset, length, all? of a read | its answers: status,
// content-range, content-length, etag, transfer-encoding, body ...
#include <algorithm>

#include "common/store/content_range.h"
#include "common/store/s3_fault.h"
#include "common/store/s3_listing.h"
#include "common/store/s3_read.h"
#include "tests/fuzz/fuzz_target.h"

namespace walden::testing {
namespace {

constexpr int kMostAnswers = 4;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void read_xml(ByteView xml, int status, std::string_view retry_after) {
  (void)root_of_document(text_of(xml));
  if (const auto page = parse_page(text_of(xml))) {
    for (const auto& entry : page->entries) must(!entry.name.empty(), "each entry has a name");
  }
  HttpResponse response{.status = status, .headers = {}, .body = Secret::copy_of(xml)};
  response.headers.push_back({"retry-after", std::string(retry_after)});
  const S3Fault fault = read_fault(response);
  must(is_one_line(fault.message) && is_one_line(fault.code), "a server's words are one line");
  must(fault.message.size() <= 200, "a server's words are few");
  must(fault.kind() != ErrorKind::absent || status == 404, "absence needs a 404");
  if (fault.retry_after) {
    must(fault.retry_after->count() >= 0 && fault.retry_after->count() <= 3600, "an hour at most");
  }
  (void)fault.next();
  (void)fault.error("GetObject");
}

void read_header(std::string_view text) {
  if (const auto range = parse_content_range(text)) {
    must(range->first <= range->last, "a range ends behind its beginning");
    must(!range->total || range->last < *range->total, "a range lies within the object");
  }
  (void)parse_length(text);
  (void)parse_s3_time(text);
  must(url_decode(text).size() <= text.size(), "decoding makes nothing longer");
}

// Answers to one read, each with a piece of the body; what comes out is never more than what was
// asked for, and complete only when all of it is there.
void read_object(Input& input) {
  const ByteRange range{input.number<std::uint32_t>(),
                        std::uint64_t{input.number<std::uint32_t>()} + 1};
  const bool whole = input.byte() % 2 == 0;
  BufferSink sink(1U << 20U);
  S3Read read(whole ? ByteRange{} : range, sink);
  for (int answers = 0; answers < kMostAnswers && !input.empty(); ++answers) {
    HttpResponse head{.status = 200 + input.byte() % 8, .headers = {}, .body = {}};
    for (const char* name : {"content-range", "content-length", "etag", "transfer-encoding"}) {
      std::string value = input.text();
      if (!value.empty()) head.headers.push_back({name, std::move(value)});
    }
    (void)read.headers();
    const ByteView body = input.field();
    const auto into = body.empty() ? Result<ByteSink*>(nullptr) : read.begin(head);
    const bool taken = into && (*into == nullptr || (*into)->write(body).has_value());
    must(whole || read.delivered() <= range.length, "no more than was asked for");
    must(read.delivered() == sink.buffer().size(), "what is delivered is counted");
    if (!taken || read.receiver_failed()) continue;
    (void)read.end(head);
  }
}

void run(Input input) {
  const std::string header = input.text();
  read_header(header);
  const int status = 200 + input.number<std::uint16_t>() % 400;
  read_xml(input.field(), status, header);
  read_object(input);
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
