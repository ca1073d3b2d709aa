#include "common/store/sigv4.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>

#include "common/bytes/sha256.h"

namespace walden {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

using Time = std::chrono::system_clock::time_point;
constexpr Time kMay2013 = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24);
constexpr Time kAugust2015 = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) +
                             std::chrono::hours(12) + std::chrono::minutes(36);

AwsCredentials credentials_of(const std::string& id, const std::string& secret,
                              const std::string& token = "") {
  return {id, Secret::copy_of(bytes_of(secret)), Secret::copy_of(bytes_of(token)), std::nullopt};
}

std::string value_of(const std::vector<HttpHeader>& headers, const std::string& name) {
  const auto found = std::ranges::find(headers, name, &HttpHeader::name);
  return found == headers.end() ? std::string() : found->value;
}

std::string signature_of(const std::vector<HttpHeader>& headers) {
  const std::string value = value_of(headers, "authorization");
  return value.substr(value.rfind('=') + 1);
}

struct Case {
  std::string name;
  RequestToSign request;
  std::string signature;
  std::string token{};
};
void PrintTo(const Case& tried, std::ostream* out) {
  *out << tried.name;
}
std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

// The worked examples of "Signature Calculations for the Authorization Header" (S3 API reference).
class PublishedExample : public ::testing::TestWithParam<Case> {};

RequestToSign example(std::string method, std::string path, QueryParameters query,
                      std::vector<HttpHeader> headers = {}, std::string_view payload = "") {
  return {std::move(method),  "examplebucket.s3.amazonaws.com",
          std::move(path),    std::move(query),
          std::move(headers), to_hex(Sha256::of(bytes_of(payload)))};
}

TEST_P(PublishedExample, HasTheSignatureOfTheDocumentation) {
  const auto headers =
      sign(GetParam().request, {"us-east-1", "s3", kMay2013},
           credentials_of("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
  EXPECT_EQ(signature_of(headers), GetParam().signature);
}

INSTANTIATE_TEST_SUITE_P(
    S3, PublishedExample,
    ::testing::Values(Case{"GetObjectWithRange",
                           example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}),
                           "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
                      Case{"PutObject",
                           example("PUT", uri_encode("/test$file.text", true), {},
                                   {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                    {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                   "Welcome to Amazon S3."),
                           "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
                      Case{"GetBucketLifecycle", example("GET", "/", {{"lifecycle", ""}}),
                           "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
                      Case{"ListObjects", example("GET", "/", {{"max-keys", "2"}, {"prefix", "J"}}),
                           "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"}),
    name_of);

// awslabs/aws-c-auth, tests/aws-signing-test-suite/v4: 30 of its 38 cases. Left out, because Walden
// never sends such a request: six whose path is normalised before it is signed (relative,
// relative-relative, slash, slashes, slash-dot-slash, slash-pointless-dot; S3 does not normalise,
// their unnormalised twins are here), header-value-multiline (obsolete line folding), and
// post-sts-header-after (the token is added unsigned; S3 and STS want it signed).
class SigningSuite : public ::testing::TestWithParam<Case> {};

RequestToSign suite(std::string method, std::string_view path, QueryParameters query = {},
                    std::vector<HttpHeader> headers = {}, std::string_view payload = "") {
  return {std::move(method), "example.amazonaws.com", uri_encode(path, true),
          std::move(query),  std::move(headers),      to_hex(Sha256::of(bytes_of(payload)))};
}

std::vector<HttpHeader> form(std::string_view content_type) {
  return {{"content-length", "13"},
          {"content-type", std::string(content_type)},
          {"x-amz-content-sha256", to_hex(Sha256::of(bytes_of("Param1=value1")))}};
}

TEST_P(SigningSuite, HasTheSignatureOfTheSuite) {
  const auto headers = sign(
      GetParam().request, {"us-east-1", "service", kAugust2015},
      credentials_of("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", GetParam().token));
  EXPECT_EQ(signature_of(headers), GetParam().signature);
}

constexpr auto kUnreservedCharacters =
    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr auto kGetVanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
constexpr auto kGetSpace = "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741";
constexpr auto kPostVanilla = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
constexpr auto kPostQuery = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11";
constexpr auto kShortToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
constexpr auto kLongToken =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
    "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
    "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDry"
    "pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

INSTANTIATE_TEST_SUITE_P(
    AwsCAuth, SigningSuite,
    ::testing::Values(
        Case{"GetHeaderKeyDuplicate",
             suite("GET", "/", {},
                   {{"my-header1", "value2"}, {"my-header1", "value2"}, {"my-header1", "value1"}}),
             "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        Case{"GetHeaderValueOrder",
             suite("GET", "/", {},
                   {{"my-header1", "value4"},
                    {"my-header1", "value1"},
                    {"my-header1", "value3"},
                    {"my-header1", "value2"}}),
             "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
        Case{"GetHeaderValueTrim",
             suite("GET", "/", {}, {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}}),
             "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        Case{"GetRelativeRelativeUnnormalized", suite("GET", "/example1/example2/../.."),
             "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"},
        Case{"GetRelativeUnnormalized", suite("GET", "/example/.."),
             "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282"},
        Case{"GetSlashDotSlashUnnormalized", suite("GET", "/./"),
             "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"},
        Case{"GetSlashPointlessDotUnnormalized", suite("GET", "/./example"),
             "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"},
        Case{"GetSlashUnnormalized", suite("GET", "//"),
             "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"},
        Case{"GetSlashesUnnormalized", suite("GET", "//example//"),
             "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"},
        Case{"GetSpaceNormalized", suite("GET", "/example space/"), kGetSpace},
        Case{"GetSpaceUnnormalized", suite("GET", "/example space/"), kGetSpace},
        Case{"GetUnreserved", suite("GET", std::string("/") + kUnreservedCharacters),
             "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        Case{"GetUtf8", suite("GET", "/\u1234"),
             "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        Case{"GetVanilla", suite("GET", "/"), kGetVanilla},
        Case{"GetVanillaEmptyQueryKey", suite("GET", "/", {{"Param1", "value1"}}),
             "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
        Case{"GetVanillaQuery", suite("GET", "/"), kGetVanilla},
        Case{"GetVanillaQueryOrderEncoded",
             suite("GET", "/", {{"Param-3", "Value3"}, {"Param", "Value2"}, {"\u1234", "Value1"}}),
             "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
        Case{"GetVanillaQueryOrderKeyCase",
             suite("GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}),
             "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        Case{"GetVanillaQueryUnreserved",
             suite("GET", "/", {{kUnreservedCharacters, kUnreservedCharacters}}),
             "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
        Case{"GetVanillaUtf8Query", suite("GET", "/", {{"\u1234", "bar"}}),
             "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
        Case{"GetVanillaWithSessionToken", suite("GET", "/"),
             "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8", kShortToken},
        Case{"PostHeaderKeyCase", suite("POST", "/"), kPostVanilla},
        Case{"PostHeaderKeySort", suite("POST", "/", {}, {{"my-header1", "value1"}}),
             "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
        Case{"PostHeaderValueCase", suite("POST", "/", {}, {{"my-header1", "VALUE1"}}),
             "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
        Case{"PostStsHeaderBefore", suite("POST", "/"),
             "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead", kLongToken},
        Case{"PostVanilla", suite("POST", "/"), kPostVanilla},
        Case{"PostVanillaEmptyQueryValue", suite("POST", "/", {{"Param1", "value1"}}), kPostQuery},
        Case{"PostVanillaQuery", suite("POST", "/", {{"Param1", "value1"}}), kPostQuery},
        Case{"PostXWwwFormUrlencoded",
             suite("POST", "/", {}, form("application/x-www-form-urlencoded"), "Param1=value1"),
             "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
        Case{"PostXWwwFormUrlencodedParameters",
             suite("POST", "/", {}, form("application/x-www-form-urlencoded; charset=utf-8"),
                   "Param1=value1"),
             "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"}),
    name_of);

TEST(SigV4, SendsPayloadDigestAndTokenForS3) {
  const auto headers = sign(example("GET", "/a", {}, {{"range", "bytes=0-9"}}),
                            {"eu-central-1", "s3", kMay2013}, credentials_of("ID", "key", "token"));
  EXPECT_EQ(value_of(headers, "x-amz-content-sha256"), kEmptyPayloadSha256);
  EXPECT_EQ(value_of(headers, "x-amz-security-token"), "token");
  EXPECT_EQ(value_of(headers, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(value_of(headers, "range"), "bytes=0-9");
  EXPECT_THAT(value_of(headers, "authorization"),
              AllOf(HasSubstr("Credential=ID/20130524/eu-central-1/s3/aws4_request, "),
                    HasSubstr("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;"
                              "x-amz-security-token, ")));
  EXPECT_THAT(headers, Not(Contains(Field(&HttpHeader::name, "host"))));
}

TEST(SigV4, SendsButDoesNotSignWhatAProxyMayChange) {
  const SigningScope scope{"us-east-1", "s3", kMay2013};
  const auto plain = sign(example("GET", "/a", {}), scope, credentials_of("ID", "key"));
  const auto with = sign(example("GET", "/a", {}, {{"user-agent", "walden"}, {"expect", ""}}),
                         scope, credentials_of("ID", "key"));
  EXPECT_EQ(value_of(with, "user-agent"), "walden");
  EXPECT_EQ(signature_of(with), signature_of(plain));
}

TEST(SigV4, EncodesEveryByteButTheUnreserved) {
  EXPECT_EQ(uri_encode(kUnreservedCharacters, false), kUnreservedCharacters);
  EXPECT_EQ(uri_encode("a/b c+d%2F\xFF", false), "a%2Fb%20c%2Bd%252F%FF");
  EXPECT_EQ(uri_encode("/a/b", true), "/a/b");
  EXPECT_EQ(canonical_query({}), "");
  EXPECT_EQ(canonical_query({{"c", " "}, {"b", ""}, {"a", "1"}, {"a", "0"}}), "a=0&a=1&b=&c=%20");
}

}  // namespace
}  // namespace walden
