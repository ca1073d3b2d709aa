// What a server's answers mean: refusals, pages of a listing, times.
#include <gmock/gmock.h>

#include "common/store/s3_fault.h"
#include "common/store/s3_listing.h"
#include "common/store/s3_upload.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Next = S3Fault::Next;

HttpResponse answer(int status, std::string_view body, std::vector<HttpHeader> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = Secret::copy_of(bytes_of(body));
  return response;
}

S3Fault fault(int status, std::string_view code, std::vector<HttpHeader> headers = {}) {
  return read_fault(answer(status,
                           "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) +
                               "</Code><Message>words</Message></Error>",
                           std::move(headers)));
}

TEST(S3Fault, BelievesInAbsenceOnlyWhenTheServerNamesIt) {
  EXPECT_EQ(fault(404, "NoSuchKey").kind(), ErrorKind::absent);
  EXPECT_EQ(fault(404, "NoSuchBucket").kind(), ErrorKind::configuration);
  EXPECT_EQ(read_fault(answer(404, "")).kind(), ErrorKind::transient);
  EXPECT_EQ(read_fault(answer(404, "<html>Not Found</html>")).kind(), ErrorKind::transient);
  EXPECT_EQ(fault(404, "SomethingNew").kind(), ErrorKind::transient);
  EXPECT_EQ(fault(403, "AccessDenied").kind(), ErrorKind::denied);
  EXPECT_EQ(fault(500, "NoSuchKey").kind(), ErrorKind::transient);
  EXPECT_EQ(fault(200, "NoSuchKey").kind(), ErrorKind::transient);
}

// It becomes a part of a host's name: nothing may lead to another's host.
TEST(S3Fault, TakesNothingElseForARegion) {
  const std::string longest(32, 'a');
  for (const std::string& region :
       {std::string("x.evil/"), std::string("evil.example"), std::string("eu west"),
        std::string("eu_west"), std::string("EU"), std::string("a/b"), std::string("a:80"),
        std::string("a@b"), std::string("%2e"), std::string("a?b"), std::string("a#b"),
        std::string("\xc3\xa4"), std::string("a\n"), std::string(), longest + "a"}) {
    EXPECT_EQ(fault(301, "PermanentRedirect", {{"x-amz-bucket-region", region}}).region, "")
        << region;
    EXPECT_EQ(read_fault(answer(301, "<Error><Code>PermanentRedirect</Code><Region>" + region +
                                         "</Region></Error>"))
                  .region,
              "")
        << region;
  }
  for (const std::string& region : {std::string("eu-central-1"), std::string("auto"), longest}) {
    EXPECT_EQ(fault(301, "PermanentRedirect", {{"x-amz-bucket-region", region}}).region, region);
  }
}

TEST(S3Fault, FindsTheRegionInTheBodyWhereTheHeaderHoldsNone) {
  const auto both = [](std::string_view in_header, std::string_view in_body) {
    return read_fault(answer(301,
                             "<Error><Code>PermanentRedirect</Code><Region>" +
                                 std::string(in_body) + "</Region></Error>",
                             {{"x-amz-bucket-region", std::string(in_header)}}))
        .region;
  };
  EXPECT_EQ(both("eu-west-1", "eu-west-2"), "eu-west-1");
  EXPECT_EQ(both("x.evil/", "eu-west-2"), "eu-west-2");
}

TEST(S3Fault, BelievesARangeToBeBehindTheEndOnlyWhenTheServerSaysSo) {
  EXPECT_EQ(fault(416, "InvalidRange").next(), Next::give_up);
  EXPECT_EQ(read_fault(answer(416, "<html>")).next(), Next::try_again);
}

TEST(S3Fault, KnowsADocumentOnlyWhenItIsWhole) {
  EXPECT_EQ(root_of_document("<?xml version=\"1.0\"?>\n<A><B>c</B></A>"), "A");
  EXPECT_EQ(root_of_document("<?xml version=\"1.0\"?>\n<Error><Code>Inter"), "");
  EXPECT_EQ(root_of_document(""), "");
}

TEST(S3Fault, KnowsWhatIsWorthAnotherTry) {
  EXPECT_EQ(fault(500, "InternalError").next(), Next::try_again);
  EXPECT_EQ(read_fault(answer(502, "<html>")).next(), Next::try_again);
  EXPECT_EQ(fault(503, "SlowDown").next(), Next::try_slower);
  EXPECT_EQ(read_fault(answer(429, "")).next(), Next::try_slower);
  EXPECT_EQ(fault(400, "RequestTimeout").next(), Next::try_again);
  EXPECT_EQ(fault(409, "ConditionalRequestConflict").next(), Next::try_again);
  EXPECT_EQ(fault(400, "InvalidArgument").next(), Next::give_up);
  EXPECT_EQ(fault(403, "AccessDenied").next(), Next::give_up);
  EXPECT_EQ(fault(501, "NotImplemented").next(), Next::give_up);
  EXPECT_EQ(fault(200, "InternalError").next(), Next::try_again);
}

TEST(S3Fault, KnowsWhatCanBePutRight) {
  EXPECT_EQ(fault(403, "RequestTimeTooSkewed").next(), Next::correct_clock);
  EXPECT_EQ(fault(400, "ExpiredToken").next(), Next::new_credentials);
  const S3Fault moved = fault(301, "PermanentRedirect", {{"x-amz-bucket-region", "eu-west-1"}});
  EXPECT_EQ(moved.next(), Next::other_region);
  EXPECT_EQ(moved.region, "eu-west-1");
  const S3Fault malformed = read_fault(answer(
      400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-2</Region></Error>"));
  EXPECT_EQ(malformed.next(), Next::other_region);
  EXPECT_EQ(malformed.region, "eu-west-2");
}

TEST(S3Fault, ReadsHowLongToWait) {
  EXPECT_EQ(fault(503, "SlowDown", {{"retry-after", "7"}}).retry_after, std::chrono::seconds(7));
  EXPECT_EQ(fault(503, "SlowDown", {{"retry-after", "soon"}}).retry_after, std::nullopt);
  EXPECT_EQ(fault(503, "SlowDown", {{"retry-after", "-1"}}).retry_after, std::nullopt);
  EXPECT_EQ(fault(503, "SlowDown", {{"retry-after", "99999999"}}).retry_after,
            std::chrono::hours(1));
}

TEST(S3Fault, SpeaksInOneLineWithoutControlCharacters) {
  const std::string cause =
      read_fault(answer(403,
                        "<Error><Code>AccessDenied</Code><Message>a\x1b[2Jb\nc</Message>"
                        "</Error>"))
          .error("PutObject")
          .cause;
  EXPECT_THAT(cause, HasSubstr("403 AccessDenied for PutObject"));
  EXPECT_THAT(cause, Not(HasSubstr("\n")));
  EXPECT_THAT(cause, Not(HasSubstr("\x1b")));
  const std::string longest = fault(400, std::string(100'000, 'x')).error("GetObject").cause;
  EXPECT_LT(longest.size(), 1000U);
}

constexpr std::string_view kPage = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
<NextContinuationToken>tok+en=</NextContinuationToken>
<Contents><Key>a%2Bb/c+d</Key><LastModified>2026-11-21T03:17:02.000Z</LastModified>
<Size>4294967296</Size></Contents>
<Contents><Key>e</Key><LastModified>1970-01-01T00:00:01Z</LastModified><Size>0</Size></Contents>
</ListBucketResult>)";

TEST(S3Page, GivesKeysSizesTimesAndHowItGoesOn) {
  const auto page = parse_page(kPage);
  ASSERT_TRUE(page) << page.error().cause;
  ASSERT_EQ(page->entries.size(), 2U);
  EXPECT_EQ(page->entries[0].name, "a+b/c d");
  EXPECT_EQ(page->entries[0].size, 4294967296U);
  EXPECT_EQ(page->entries[0].modified, 1795231022);
  EXPECT_EQ(page->entries[1].modified, 1);
  EXPECT_EQ(page->next, "tok+en=");
}

TEST(S3Page, RefusesAPageThatWouldMakeAHole) {
  std::string page(kPage);
  const auto without = [&](std::string_view part) {
    std::string less = page;
    less.erase(less.find(part), part.size());
    return parse_page(less).has_value();
  };
  EXPECT_FALSE(without("<NextContinuationToken>tok+en=</NextContinuationToken>"));
  EXPECT_FALSE(without("<IsTruncated>true</IsTruncated>"));
  EXPECT_FALSE(without("<Size>0</Size>"));
  EXPECT_FALSE(without("<Key>e</Key>"));
  EXPECT_FALSE(parse_page("").has_value());
  EXPECT_FALSE(parse_page("<html/>").has_value());
  for (std::size_t size = 0; size < page.size() - 20; ++size) {
    EXPECT_FALSE(parse_page(page.substr(0, size)).has_value()) << size;
  }
}

TEST(S3Page, DecodesWhatServersEncodeInKeys) {
  EXPECT_EQ(url_decode("a%2Fb+c%7e%20"), "a/b c~ ");
  EXPECT_EQ(url_decode("100%"), "100%");
  EXPECT_EQ(url_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(url_decode("%41"), "A");
}

TEST(S3Time, IsSecondsSince1970) {
  EXPECT_EQ(parse_s3_time("2026-11-21T03:17:02.123Z"), 1795231022);
  EXPECT_EQ(parse_s3_time("2024-02-29T00:00:00Z"), 1709164800);
  EXPECT_EQ(parse_s3_time("2023-02-29T00:00:00Z"), 0);
  EXPECT_EQ(parse_s3_time("yesterday"), 0);
  EXPECT_EQ(parse_s3_time(""), 0);
}

TEST(S3Parts, SufficeForTheLargestObject) {
  std::uint64_t total = 0;
  for (int number = 1; number <= 10'000; ++number) {
    if (number <= kPartsPerSize) {
      EXPECT_EQ(s3_part_size(number), kS3PartSize);
    }
    total += s3_part_size(number);
  }
  EXPECT_GE(total, std::uint64_t{5} << 40U);
}

}  // namespace
}  // namespace walden
