// Objects in parts, on a server that refuses, hangs and forgets as the test says.
#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/fake_s3.h"

namespace walden {
namespace {

using std::chrono::seconds;
using testing::FakeAnswer;
using testing::FakeHttpServer;
using testing::FakeRequest;
using ::testing::HasSubstr;

// Far below the patience that a part would be waited for, and far above what ending it takes.
constexpr seconds kHangs{20};
const S3Options kPatient{.patience = seconds(60)};

bool is(const FakeRequest& request, std::string_view method, std::string_view in_target) {
  return request.method == method && request.target.find(in_target) != std::string::npos;
}

// What an upload in parts needs for success, but for what `script` answers otherwise.
using Script = std::function<std::optional<FakeAnswer>(const FakeRequest&)>;
FakeHttpServer::Script bucket(Script script) {
  return [script = std::move(script)](const FakeRequest& request) -> FakeAnswer {
    if (auto answer = script(request)) return *answer;
    if (is(request, "POST", "uploads")) {
      return {.body =
                  "<InitiateMultipartUploadResult><UploadId>1</UploadId>"
                  "</InitiateMultipartUploadResult>"};
    }
    if (is(request, "POST", "uploadId")) {
      return {.body = "<CompleteMultipartUploadResult/>"};
    }
    if (request.method == "GET") return testing::refusal(404, "NoSuchKey");
    if (request.method == "DELETE") return {.status = 204};
    return testing::object();
  };
}

std::size_t count(const FakeHttpServer& server, std::string_view method,
                  std::string_view in_target) {
  std::size_t found = 0;
  for (const auto& request : server.requests()) found += is(request, method, in_target) ? 1 : 0;
  return found;
}

// The last of them a single byte.
std::string content_of_parts(std::size_t parts) {
  return std::string((parts - 1) * kS3PartSize + 1, 'x');
}

ErrorKind kind_of(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorKind::usage : result.error().kind;
}

TEST(S3Upload, SendsItsPartsAndPutsThemTogether) {
  const FakeHttpServer server(bucket([](const FakeRequest&) { return std::nullopt; }));
  ASSERT_TRUE(create_object(*testing::store_on(server), "a", bytes_of(content_of_parts(4))));
  EXPECT_EQ(count(server, "PUT", "partNumber"), 4U);
  EXPECT_EQ(count(server, "POST", "uploadId"), 1U);
  EXPECT_EQ(count(server, "DELETE", ""), 0U);
}

// The first part is refused once the others hang: nobody waits for them.
TEST(S3Upload, EndsItsOtherPartsAtOnceWhenOneHasFailed) {
  std::atomic<int> hanging = 0;
  const FakeHttpServer server(bucket([&](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (!is(request, "PUT", "partNumber")) return std::nullopt;
    if (is(request, "PUT", "partNumber=1&")) {
      EXPECT_TRUE(testing::eventually([&] { return hanging == 2; }));
      return testing::refusal(403, "AccessDenied");
    }
    ++hanging;
    return FakeAnswer{.silent = true};
  }));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(kind_of(create_object(*testing::store_on(server, kPatient), "a",
                                  bytes_of(content_of_parts(4)))),
            ErrorKind::denied);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, kHangs);
  EXPECT_EQ(count(server, "DELETE", "uploadId=1"), 1U);
}

TEST(S3Upload, EndsPartsAtOnceThatAreToBeTriedAgainLater) {
  std::atomic<int> told_to_wait = 0;
  const FakeHttpServer server(bucket([&](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (!is(request, "PUT", "partNumber")) return std::nullopt;
    if (is(request, "PUT", "partNumber=1&")) {
      EXPECT_TRUE(testing::eventually([&] { return told_to_wait == 2; }));
      return testing::refusal(403, "AccessDenied");
    }
    FakeAnswer later = testing::refusal(503, "SlowDown");
    later.headers["retry-after"] = "45";
    ++told_to_wait;
    return later;
  }));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(kind_of(create_object(*testing::store_on(server, kPatient), "a",
                                  bytes_of(content_of_parts(4)))),
            ErrorKind::denied);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, kHangs);
  EXPECT_EQ(count(server, "PUT", "partNumber"), 3U) << "none was tried again";
}

// Whatever is thrown there, memory that is short for one, must not end the program.
TEST(S3Upload, FailsWithWhatAPartsThreadThrows) {
  const FakeHttpServer server(bucket([](const FakeRequest&) { return std::nullopt; }));
  const auto own_thread = std::this_thread::get_id();
  Clock clock = real_clock();
  clock.now = [own_thread] {
    if (std::this_thread::get_id() != own_thread) throw std::runtime_error("no memory");
    return std::chrono::steady_clock::now();
  };
  const auto created = create_object(*testing::store_on(server, kPatient, clock), "a",
                                     bytes_of(content_of_parts(2)));
  ASSERT_EQ(kind_of(created), ErrorKind::local_io);
  EXPECT_THAT(created.error().cause, HasSubstr("no memory"));
  EXPECT_EQ(count(server, "POST", "uploadId"), 0U);
  EXPECT_EQ(count(server, "DELETE", "uploadId=1"), 1U);
}

// A caller that goes on after a failure must not get an object with a hole.
TEST(S3Upload, CommitsNothingAfterAPartHasFailed) {
  const FakeHttpServer server(bucket([](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (is(request, "PUT", "partNumber=1&")) return testing::refusal(403, "AccessDenied");
    return std::nullopt;
  }));
  const auto store = testing::store_on(server, kPatient);
  auto upload = store->create("a");
  ASSERT_TRUE(upload);
  // The fourth part does not go out before the first has come to its end.
  EXPECT_EQ(kind_of((*upload)->write(bytes_of(content_of_parts(5)))), ErrorKind::denied);
  EXPECT_EQ(kind_of((*upload)->write(bytes_of("more"))), ErrorKind::denied);
  EXPECT_EQ(kind_of((*upload)->commit()), ErrorKind::denied);
  EXPECT_EQ(count(server, "POST", "uploadId"), 0U);
}

// "Absent" would be said of the object, and what is missing is the upload.
TEST(S3Upload, TellsAnUploadThatIsGoneFromAnObjectThatIsNotThere) {
  const FakeHttpServer server(bucket([](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (is(request, "PUT", "partNumber")) return testing::refusal(404, "NoSuchUpload");
    return std::nullopt;
  }));
  const auto created =
      create_object(*testing::store_on(server, kPatient), "a", bytes_of(content_of_parts(2)));
  ASSERT_EQ(kind_of(created), ErrorKind::transient);
  EXPECT_THAT(created.error().cause, HasSubstr("is gone from the server"));
}

// What is asked of a server that holds the probe.
Result<bool> refused_in_parts(const FakeAnswer& completion, std::size_t& aborted) {
  const FakeHttpServer server(bucket([&](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (request.method == "GET") return testing::part("0-0/1", "\n");
    if (!is(request, "POST", "uploadId")) return std::nullopt;
    EXPECT_EQ(request.header("if-none-match"), "*");
    return completion;
  }));
  auto refused =
      testing::store_on(server, {.patience = seconds(1)})->refuses_to_overwrite_in_parts();
  aborted = count(server, "DELETE", "uploadId=1");
  return refused;
}

TEST(S3Upload, ShowsWhetherItsPartsAreRefusedUnderATakenName) {
  std::size_t aborted = 0;
  EXPECT_EQ(refused_in_parts(testing::refusal(412, "PreconditionFailed"), aborted).value(), true);
  EXPECT_EQ(aborted, 1U);
  EXPECT_EQ(refused_in_parts({.body = "<CompleteMultipartUploadResult/>"}, aborted).value(), false);
  EXPECT_EQ(aborted, 0U);
  EXPECT_EQ(refused_in_parts(testing::refusal(403, "AccessDenied"), aborted).value(), true);
  EXPECT_EQ(kind_of(refused_in_parts(testing::refusal(500, "InternalError"), aborted)),
            ErrorKind::transient);
  EXPECT_EQ(aborted, 1U);
}

TEST(S3Upload, ShowsNothingOfRefusalsWhereThereIsNoProbe) {
  const FakeHttpServer server(bucket([](const FakeRequest&) { return std::nullopt; }));
  EXPECT_EQ(kind_of(testing::store_on(server)->refuses_to_overwrite_in_parts()), ErrorKind::absent);
  EXPECT_EQ(count(server, "POST", ""), 0U);
}

}  // namespace
}  // namespace walden
