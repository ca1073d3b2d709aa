// The S3 store on a network that does every kind of harm, in front of a real server: each operation
// succeeds, or fails in time with the right kind of error; it never gives a wrong answer and never
// answers trouble with a storm of requests.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>

#include "common/store/s3_store.h"
#include "tests/support/hostile_proxy.h"
#include "tests/support/s3_server.h"

namespace walden {
namespace {

using std::chrono::seconds;
using testing::HostileProxy;
using testing::S3Bucket;

constexpr seconds kPatience{5};
constexpr seconds kPatienceForNothing{2};  // with what lasts, it is all spent
// Not a measure of speed: what takes longer than this hangs.
constexpr seconds kHangs{30};
// Fifteen attempts of each of the two parts that are on their way at once, and what is around them.
constexpr std::size_t kStorm = 40;
// A disturbance costs its own requests again, and one look at what was stored.
constexpr std::size_t kMendingRequests = 3;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

struct FaultCase {
  std::string name;
  std::string rule;                 // of the proxy's script
  std::optional<ErrorKind> kind{};  // what it ends with; nothing: it is overcome
};

void PrintTo(const FaultCase& fault, std::ostream* out) {
  *out << fault.rule;
}

std::vector<FaultCase> fault_cases() {
  const auto transient = ErrorKind::transient;
  const auto configuration = ErrorKind::configuration;
  const auto denied = ErrorKind::denied;
  return {
      // What passes.
      {"Delay", "delay ms=300"},
      {"Slow", "bandwidth bytes=20000000"},
      {"InternalErrorTwice", "status code=500 error=InternalError times=2"},
      {"ServiceUnavailable", "status code=503 error=ServiceUnavailable"},
      {"SlowDown", "status code=503 error=SlowDown retry-after=1"},
      {"TooManyRequests", "status code=429 error=TooManyRequests retry-after=1"},
      {"EarlySlowDown", "status code=503 error=SlowDown early=yes"},
      {"Conflict", "status code=409 error=OperationAborted"},
      {"GatewayPage", "html code=502"},
      {"NotFoundPage", "html code=404"},
      {"ErrorInSuccess", "ok-with-error error=InternalError"},
      {"WrongRegion", "status code=301 error=PermanentRedirect region=eu-central-1"},
      {"SignedForAnotherRegion",
       "status code=400 error=AuthorizationHeaderMalformed region=eu-central-1"},
      {"ClockSkew", "status code=403 error=RequestTimeTooSkewed skew=300"},
      {"ResetBeforeRequestBody", "reset-request"},
      {"ResetInRequest", "reset-request bytes=70000"},
      {"ResetBeforeAnswerBody", "reset-response"},
      {"ResetInAnswer", "reset-response bytes=100"},
      {"ResetFarInAnswer", "reset-response bytes=70000 times=2"},
      {"TruncatedBeforeBody", "truncate"},
      {"Truncated", "truncate bytes=100"},
      {"TruncatedFar", "truncate bytes=70000 times=2"},
      {"HangUp", "hang-up times=2"},
      {"LostAnswer", "lose"},
      {"Stall", "stall"},
      {"StalledRequest", "stall-request bytes=70000"},
      {"StalledAnswer", "stall-response bytes=100"},
      {"StalledFarInAnswer", "stall-response bytes=70000"},
      // What lasts.
      {"AccessDenied", "status code=403 error=AccessDenied times=always", denied},
      {"ExpiredToken", "status code=400 error=ExpiredToken times=always", denied},
      {"BadSignature", "status code=403 error=SignatureDoesNotMatch times=always", denied},
      {"NoSuchBucket", "status code=404 error=NoSuchBucket times=always", configuration},
      {"ClockBeyondHelp", "status code=403 error=RequestTimeTooSkewed times=always", configuration},
      {"WrongRegionForEver",
       "status code=301 error=PermanentRedirect region=eu-west-1 times=always", configuration},
      {"InternalErrorForEver", "status code=500 error=InternalError times=always", transient},
      {"SlowDownForEver", "status code=503 error=SlowDown times=always", transient},
      {"RetryNextHour", "status code=503 error=SlowDown retry-after=3600 times=always", transient},
      {"NotFoundPageForEver", "html code=404 times=always", transient},
      {"ErrorInSuccessForEver", "ok-with-error error=InternalError times=always", transient},
      {"HangUpForEver", "hang-up times=always", transient},
      {"ResetForEver", "reset-request times=always", transient},
      {"LostForEver", "lose times=always", transient},
      {"StallForEver", "stall times=always", transient},
  };
}

// The objects that are there before, and what an operation may see.
struct Scene {
  S3Bucket bucket;
  std::string content = pattern(200'000);
  std::vector<std::string> names{"there/a", "there/b", "there/content"};

  Scene() {
    for (const std::string& name : names) bucket.must_send("PUT", name, {}, content);
  }
};

// Makes the operation on `store`, holds what it gave to the scene (whether it failed or not), and
// returns what it returned.
using Operation = std::function<Result<>(Store& store, const Scene& scene)>;

struct OperationCase {
  std::string name;
  std::string match;         // the requests that are harmed
  std::size_t requests = 1;  // of an undisturbed run
  Operation run;
};

void PrintTo(const OperationCase& operation, std::ostream* out) {
  *out << operation.name;
}

// After a failure nothing, or the whole, is there: an answer that was lost cannot be told.
void expect_whole_or_nothing(const Scene& scene, const Result<>& created,
                             const std::string& content) {
  const HttpResponse stored = scene.bucket.send("GET", "new");
  if (stored.status == 200) {
    EXPECT_TRUE(stored.text() == content) << "stored " << stored.text().size() << " bytes";
  } else {
    EXPECT_EQ(stored.status, 404);
    EXPECT_FALSE(created) << "acknowledged and not there";
  }
}

Result<> create(Store& store, const Scene& scene, std::size_t size) {
  const std::string content = pattern(size);
  const Result<> created = create_object(store, "new", bytes_of(content));
  expect_whole_or_nothing(scene, created, content);
  return created;
}

Result<> create_small(Store& store, const Scene& scene) {
  return create(store, scene, 200'000);
}

Result<> create_in_parts(Store& store, const Scene& scene) {
  return create(store, scene, kS3PartSize + 1'000'000);
}

Result<> read(Store& store, const Scene& scene, ByteRange range) {
  BufferSink sink(1U << 20U);
  const Result<> done = store.read("there/content", range, sink);
  const std::string expected = scene.content.substr(range.offset, range.length);
  const std::string_view got = text_of(sink.buffer());
  EXPECT_TRUE(expected.starts_with(got)) << got.size() << " bytes that are not the object's";
  if (done) {
    EXPECT_EQ(got.size(), expected.size());
  }
  return done;
}

Result<> read_whole(Store& store, const Scene& scene) {
  return read(store, scene, {});
}

Result<> read_range(Store& store, const Scene& scene) {
  return read(store, scene, {.offset = 50'000, .length = 120'000});
}

Result<> stat(Store& store, const Scene& scene) {
  const auto entry = store.stat("there/content");
  if (!entry) return std::unexpected(entry.error());
  EXPECT_EQ(entry->size, scene.content.size());
  return {};
}

Result<> list(Store& store, const Scene& scene) {
  std::vector<std::string> seen;
  const Result<> done = store.list({.prefix = "there/"}, [&](const ObjectEntry& entry) -> Result<> {
    EXPECT_EQ(entry.size, scene.content.size());
    seen.push_back(entry.name);
    return {};
  });
  if (done) {
    EXPECT_EQ(seen, scene.names);
  }
  EXPECT_LE(seen.size(), scene.names.size());
  EXPECT_TRUE(std::equal(seen.begin(), seen.end(), scene.names.begin()));
  return done;
}

std::vector<OperationCase> operation_cases() {
  // A multipart upload: begin, two parts, one look whether the name is taken, complete.
  return {{"CreateSmall", "method=PUT", 1, create_small},
          {"BeginMultipart", "method=POST query=uploads", 5, create_in_parts},
          {"SendPart", "method=PUT query=partNumber", 5, create_in_parts},
          {"CompleteMultipart", "method=POST query=uploadId", 5, create_in_parts},
          {"Read", "method=GET", 1, read_whole},
          {"ReadRange", "method=GET", 1, read_range},
          {"Stat", "method=GET", 1, stat},
          {"List", "method=GET", 1, list}};
}

using Case = std::tuple<FaultCase, OperationCase>;

class FaultsOnS3 : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    testing::set_s3_variables(
        testing::s3_variables(testing::s3_server().endpoint, testing::s3_server().owner));
  }

  static std::unique_ptr<S3Store> store_behind(const HostileProxy& proxy, const S3Bucket& bucket,
                                               seconds patience) {
    auto store = S3Store::open(bucket.url(), {.endpoint = proxy.endpoint(), .patience = patience});
    if (!store) throw std::runtime_error(store.error().cause);
    return std::move(*store);
  }
};

TEST_P(FaultsOnS3, AreOvercomeOrToldInTime) {
  const auto& [fault, operation] = GetParam();
  const Scene scene;
  const HostileProxy proxy(fault.rule + " " + operation.match + "\n");
  const auto store =
      store_behind(proxy, scene.bucket, fault.kind ? kPatienceForNothing : kPatience);
  const auto begun = std::chrono::steady_clock::now();
  const Result<> done = operation.run(*store, scene);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, kHangs);

  EXPECT_GE(proxy.harmed(), 1U) << "nothing happened to it\n" << proxy.log();
  if (fault.kind) {
    ASSERT_FALSE(done) << proxy.log();
    EXPECT_EQ(to_string(done.error().kind), to_string(*fault.kind)) << done.error().cause;
    EXPECT_LE(proxy.requests().size(), kStorm) << proxy.log();
  } else {
    EXPECT_TRUE(done) << done.error().cause << '\n' << proxy.log();
    EXPECT_LE(proxy.requests().size(), operation.requests + proxy.harmed() + kMendingRequests)
        << proxy.log();
  }
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return std::get<0>(info.param).name + "In" + std::get<1>(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(Every, FaultsOnS3,
                         ::testing::Combine(::testing::ValuesIn(fault_cases()),
                                            ::testing::ValuesIn(operation_cases())),
                         name_of);

}  // namespace
}  // namespace walden
