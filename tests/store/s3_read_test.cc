// What of an answer is believed to be an object, or the part of it that was asked for.
#include "common/store/s3_read.h"

#include <gmock/gmock.h>

#include "common/store/content_range.h"
#include "tests/support/fake_s3.h"

namespace walden {
namespace {

using std::chrono::seconds;
using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kContent = "0123456789";

// What fails for ever is tried again without pauses.
std::unique_ptr<S3Store> store_without_pauses(const FakeHttpServer& server) {
  Clock clock = real_clock();
  clock.pause = [](std::chrono::milliseconds) {};
  return testing::store_on(server, {.patience = seconds(10)}, clock);
}

struct Read {
  Result<> result;
  std::string got;
  std::vector<FakeRequest> requests;
};

Read read_from(const FakeHttpServer::Script& script, ByteRange range = {},
               std::size_t room = 1000) {
  const FakeHttpServer server(script);
  BufferSink sink(room);
  auto result = store_without_pauses(server)->read("a", range, sink);
  return {std::move(result), std::string(text_of(sink.buffer())), server.requests()};
}

Read read_answered(const FakeAnswer& answer, ByteRange range = {}, std::size_t room = 1000) {
  return read_from([answer](const FakeRequest&) { return answer; }, range, room);
}

ErrorKind kind_of(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorKind::usage : result.error().kind;
}

TEST(S3Read, TakesTheWholeObject) {
  const auto read = read_answered(testing::object(std::string(kContent)));
  EXPECT_TRUE(read.result);
  EXPECT_EQ(read.got, kContent);
  EXPECT_TRUE(read_answered(testing::object("")).result);
}

TEST(S3Read, TakesTheRangeOrAsMuchOfItAsThereIs) {
  EXPECT_EQ(read_answered(testing::part("2-5/10", "2345"), {2, 4}).got, "2345");
  const auto past_the_end = read_answered(testing::part("7-9/10", "789"), {7, 100});
  EXPECT_TRUE(past_the_end.result);
  EXPECT_EQ(past_the_end.got, "789");
}

// It would pass for the whole.
TEST(S3Read, DoesNotTakeAPartThatEndsTooEarly) {
  EXPECT_EQ(kind_of(read_answered(testing::part("2-4/10", "234"), {2, 4}).result),
            ErrorKind::transient);
  EXPECT_EQ(kind_of(read_answered(testing::part("2-8/10", "2345678"), {2}).result),
            ErrorKind::transient);
  EXPECT_EQ(kind_of(read_answered(testing::part("0-3/10", "0123")).result), ErrorKind::transient);
  EXPECT_EQ(kind_of(read_answered(testing::part("2-5/10", "23"), {2, 4}).result),
            ErrorKind::transient);
  EXPECT_EQ(kind_of(read_answered(testing::part("2-5/10", ""), {2, 4}).result),
            ErrorKind::transient);
}

TEST(S3Read, DoesNotTakeAnotherPart) {
  for (const char* range : {"1-4/10", "3-6/10", "2-5", "bytes", "2-5/4", "5-2/10"}) {
    const auto read = read_answered(testing::part(range, "2345"), {2, 4});
    EXPECT_EQ(kind_of(read.result), ErrorKind::transient) << range;
    EXPECT_EQ(read.got, "") << range;
  }
  EXPECT_EQ(kind_of(read_answered(testing::object(std::string(kContent)), {2, 4}).result),
            ErrorKind::transient);
  FakeAnswer transformed = testing::object(std::string(kContent));
  transformed.status = 203;
  EXPECT_EQ(kind_of(read_answered(transformed).result), ErrorKind::transient);
}

TEST(S3Read, GivesTheReceiverNothingThatWasNotAskedFor) {
  const auto read = read_answered(testing::part("2-5/10", "23456789"), {2, 4}, 4);
  EXPECT_TRUE(read.result) << read.result.error().cause;
  EXPECT_EQ(read.got, "2345");
}

TEST(S3Read, IsWholeThoughTheConnectionBreaksAfterTheLastByteOfTheRange) {
  FakeAnswer broken = testing::part("2-5/10", "23456789");
  broken.cut_at = 4;
  const auto read = read_answered(broken, {2, 4});
  EXPECT_TRUE(read.result) << read.result.error().cause;
  EXPECT_EQ(read.got, "2345");
  EXPECT_EQ(read.requests.size(), 1U);
}

TEST(S3Read, GoesOnFromTheByteAfterWhichTheConnectionBroke) {
  const auto read = read_from(
      [](const FakeRequest& request) {
        FakeAnswer answer = testing::object(std::string(kContent));
        answer.cut_at = 4;
        return request.header("range").empty() ? answer : testing::part("4-9/10", "456789");
      },
      {});
  EXPECT_TRUE(read.result) << read.result.error().cause;
  EXPECT_EQ(read.got, kContent);
  ASSERT_EQ(read.requests.size(), 2U);
  EXPECT_EQ(read.requests[1].header("range"), "bytes=4-");
  EXPECT_EQ(read.requests[1].header("if-match"), "\"1\"");
}

TEST(S3Read, DoesNotPutTogetherObjectsOfTwoSizes) {
  const auto read = read_from(
      [](const FakeRequest& request) {
        FakeAnswer answer = testing::object(std::string(kContent));
        answer.cut_at = 4;
        return request.header("range").empty() ? answer : testing::part("4-6/7", "456");
      },
      {});
  EXPECT_EQ(kind_of(read.result), ErrorKind::transient);
  EXPECT_EQ(read.got, "0123");
}

// Where a disk is full at the last bytes of a range, they are not there.
TEST(S3Read, FailsWithTheReceiverThatRefusesTheLastBytes) {
  EXPECT_EQ(kind_of(read_answered(testing::part("2-5/10", "2345"), {2, 4}, 3).result),
            ErrorKind::corrupt);
  FakeAnswer broken = testing::part("2-5/10", "23456789");
  broken.cut_at = 4;
  EXPECT_EQ(kind_of(read_answered(broken, {2, 4}, 3).result), ErrorKind::corrupt);
}

TEST(S3Read, DoesNotTakeABodyThatOnlyTheConnectionsEndEnds) {
  FakeAnswer endless = testing::object("0123");
  endless.says_length = false;
  EXPECT_EQ(kind_of(read_answered(endless).result), ErrorKind::transient);
}

TEST(S3Read, TakesABodyInChunksWhenItsLastChunkCame) {
  FakeAnswer chunked = testing::object("a\r\n0123456789\r\n0\r\n\r\n");
  chunked.says_length = false;
  chunked.headers["transfer-encoding"] = "chunked";
  EXPECT_EQ(read_answered(chunked).got, kContent);
  chunked.body.resize(chunked.body.size() - 5);
  EXPECT_EQ(kind_of(read_answered(chunked).result), ErrorKind::transient);
}

TEST(S3Read, BelievesThatARangeBeginsBehindTheEndOnlyWhenTheServerSaysSo) {
  EXPECT_TRUE(read_answered(testing::refusal(416, "InvalidRange"), {10, 4}).result);
  EXPECT_EQ(kind_of(read_answered({.status = 416, .body = "<html/>"}, {2, 4}).result),
            ErrorKind::transient);
  const FakeHttpServer page([](const FakeRequest&) { return FakeAnswer{.status = 416}; });
  EXPECT_EQ(kind_of(store_without_pauses(page)->stat("a")), ErrorKind::transient);
}

TEST(S3Read, TakesNoWebPageForAnObject) {
  FakeAnswer page{.body = "<html/>", .headers = {{"etag", "\"1\""}, {"x-amz-cf-id", "1"}}};
  EXPECT_EQ(kind_of(read_answered(page).result), ErrorKind::transient);
  page.status = 206;
  page.headers["content-range"] = "bytes 0-0/7";
  const FakeHttpServer server([&](const FakeRequest&) { return page; });
  const auto entry = store_without_pauses(server)->stat("a");
  ASSERT_EQ(kind_of(entry), ErrorKind::transient);
  EXPECT_THAT(entry.error().cause, HasSubstr("not an S3 server's answer"));
}

TEST(S3Read, KnowsServersThatDoNotNameTheirRequestsAsAmazonDoes) {
  for (const char* name : {"x-amz-id-2", "x-guploader-uploadid", "x-amz-meta-walden-writer"}) {
    FakeAnswer answer{.body = std::string(kContent), .headers = {{"etag", "\"1\""}, {name, "1"}}};
    EXPECT_EQ(read_answered(answer).got, kContent) << name;
  }
}

// A cache that has kept an old "not there" would end a recovery early.
TEST(S3Read, LetsNoCacheAnswerAndSignsNothingThatOneMayChange) {
  const FakeHttpServer server([](const FakeRequest& request) {
    return request.method == "GET" ? testing::refusal(404, "NoSuchKey") : testing::object();
  });
  const auto store = store_without_pauses(server);
  BufferSink sink(10);
  EXPECT_EQ(kind_of(store->read("a", {}, sink)), ErrorKind::absent);
  EXPECT_EQ(kind_of(store->stat("a")), ErrorKind::absent);
  ASSERT_TRUE(create_object(*store, "a", bytes_of("x")));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  for (const auto& request : requests) {
    EXPECT_EQ(request.header("cache-control"), request.method == "GET" ? "no-cache" : "");
    EXPECT_THAT(request.header("authorization"), Not(HasSubstr("cache-control")));
  }
}

TEST(ContentRange, IsReadDigitByDigit) {
  const auto range = parse_content_range("bytes 2-5/10");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 2U);
  EXPECT_EQ(range->last, 5U);
  EXPECT_EQ(range->total, 10U);
  EXPECT_EQ(parse_content_range("bytes 0-0/*")->total, std::nullopt);
  for (const char* text :
       {"", "bytes ", "bytes */10", "bytes 2-5", "bytes 2/10", "bytes -5/10", "bytes 2-/10",
        "bytes 2-5/", "bytes 2-5/5", "bytes 5-2/10", "bytes 2-5/10 ", "items 2-5/10",
        "bytes 2-5/99999999999999999999", "bytes +2-5/10", "bytes 2/5-10"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

}  // namespace
}  // namespace walden
