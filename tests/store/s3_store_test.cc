// What is particular to a bucket: how many requests things cost, refusals that are our own doing,
// bodies that break off, uploads that were interrupted.
#include "common/store/s3_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "tests/support/hostile_proxy.h"
#include "tests/support/s3_server.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HostileProxy;
using ::testing::IsEmpty;
using testing::S3Bucket;

using Requests = std::vector<std::string>;

// "PUT 200", as the proxy saw them.
Requests seen_by(const HostileProxy& proxy) {
  Requests requests;
  for (const auto& request : proxy.requests()) {
    requests.push_back(request.method + " " + std::to_string(request.status));
  }
  return requests;
}

std::string random_content(std::size_t size) {
  std::string content(size, '\0');
  std::minstd_rand random(7);
  for (char& c : content) c = static_cast<char>(random());
  return content;
}

ErrorKind kind_of(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorKind::usage : result.error().kind;
}

class OnS3 : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_S3();
    bucket_.emplace();
    direct_ = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  }

  [[nodiscard]] std::unique_ptr<S3Store> open_at(const std::string& endpoint,
                                                 const testing::S3Keys& keys,
                                                 S3Options options = {}) const {
    testing::set_s3_variables(testing::s3_variables(endpoint, keys));
    if (options.patience == S3Options{}.patience) options.patience = std::chrono::seconds(5);
    auto store = S3Store::open(bucket_->url("prod"), options);
    EXPECT_TRUE(store) << store.error().cause;
    return std::move(store).value();
  }
  [[nodiscard]] std::unique_ptr<S3Store> behind(const HostileProxy& proxy,
                                                const S3Options& options = {}) const {
    return open_at(proxy.endpoint(), testing::s3_server().owner, options);
  }
  Store& direct() { return *direct_; }

  std::string get(std::string_view name) {
    BufferSink sink(256U << 20U);
    const auto read = direct().read(name, {}, sink);
    return read ? std::string(text_of(sink.buffer())) : read.error().cause;
  }
  void put(std::string_view name, std::string_view content) {
    const auto created = create_object(direct(), name, bytes_of(content));
    ASSERT_TRUE(created) << created.error().cause;
  }

  std::optional<S3Bucket> bucket_;

 private:
  std::unique_ptr<S3Store> direct_;
};

TEST_F(OnS3, CreatesASmallObjectWithOneRequest) {
  const HostileProxy proxy;
  ASSERT_TRUE(create_object(*behind(proxy), "wal/1", bytes_of("content")));
  EXPECT_THAT(seen_by(proxy), ElementsAre("PUT 200"));
}

TEST_F(OnS3, ReadsAnObjectWithOneRequest) {
  put("wal/1", "content");
  const HostileProxy proxy;
  BufferSink sink(100);
  ASSERT_TRUE(behind(proxy)->read("wal/1", {}, sink));
  EXPECT_THAT(seen_by(proxy), ElementsAre("GET 200"));
}

TEST_F(OnS3, KnowsOfAbsenceAfterOneRequest) {
  const HostileProxy proxy;
  BufferSink sink(100);
  EXPECT_EQ(kind_of(behind(proxy)->read("wal/1", {}, sink)), ErrorKind::absent);
  EXPECT_THAT(seen_by(proxy), ElementsAre("GET 404"));
}

TEST_F(OnS3, KnowsItsOwnObjectAgainAfterALostAnswer) {
  const HostileProxy proxy("lose method=PUT");
  const auto created = create_object(*behind(proxy), "wal/1", bytes_of("content"));
  EXPECT_TRUE(created) << created.error().cause;
  EXPECT_THAT(seen_by(proxy), ElementsAre("PUT 200", "PUT 412", "GET 206"));
  EXPECT_EQ(get("wal/1"), "content");
}

TEST_F(OnS3, DoesNotTakeAnothersObjectForItsOwnAfterALostAnswer) {
  put("wal/1", "content");
  const HostileProxy proxy("hang-up method=PUT");
  EXPECT_EQ(kind_of(create_object(*behind(proxy), "wal/1", bytes_of("content"))),
            ErrorKind::exists);
}

TEST_F(OnS3, KnowsItsOwnMultipartObjectAgainAfterALostAnswer) {
  const HostileProxy proxy("lose method=POST query=uploadId");
  const std::string content = random_content(kS3PartSize + 1);
  const auto created = create_object(*behind(proxy), "pack", bytes_of(content));
  EXPECT_TRUE(created) << created.error().cause;
  EXPECT_TRUE(get("pack") == content);
}

TEST_F(OnS3, SendsPartsThatFailedAgain) {
  const HostileProxy proxy(
      "reset-request method=PUT bytes=1000000\nstatus method=PUT code=500 error=InternalError");
  const std::string content = random_content(3 * kS3PartSize + 4711);
  const auto created = create_object(*behind(proxy), "pack", bytes_of(content));
  EXPECT_TRUE(created) << created.error().cause;
  EXPECT_TRUE(get("pack") == content);
  EXPECT_EQ(proxy.harmed(), 2U);
}

TEST_F(OnS3, RefusesAMultipartObjectUnderATakenName) {
  put("pack", "first");
  const std::string content = random_content(kS3PartSize + 1);
  EXPECT_EQ(kind_of(create_object(direct(), "pack", bytes_of(content))), ErrorKind::exists);
  EXPECT_EQ(get("pack"), "first");
  EXPECT_THAT(open_at(testing::s3_server().endpoint, testing::s3_server().owner)
                  ->interrupted_uploads("")
                  .value(),
              IsEmpty());
}

// The keys stay the same, and are said to end: the helper is asked again while parts go out.
TEST_F(OnS3, RenewsItsCredentialsInTheMiddleOfAnUpload) {
  const testing::TemporaryDirectory folder;
  const std::string asked = (folder / "asked").string();
  const auto& server = testing::s3_server();
  std::ofstream(folder / "helper") << fmt::format(
      "echo asked >> '{}'\n"
      "printf '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\","
      "\"Expiration\":\"%s\"}}' \"$(date -u -d '4 seconds' +%Y-%m-%dT%H:%M:%SZ)\"\n",
      asked, server.owner.access_key, server.owner.secret_key);
  std::ofstream(folder / "config") << fmt::format("[default]\ncredential_process = /bin/sh '{}'\n",
                                                  (folder / "helper").string());
  auto variables = testing::s3_variables(server.endpoint, {});
  variables.erase("AWS_ACCESS_KEY_ID");
  variables.erase("AWS_SECRET_ACCESS_KEY");
  variables["AWS_CONFIG_FILE"] = (folder / "config").string();
  testing::set_s3_variables(variables);
  const auto store = S3Store::open(bucket_->url("prod"), {}).value();
  EXPECT_THAT(store->credentials(), HasSubstr("credential_process"));

  const auto times_asked = [&] {
    std::ifstream file(asked);
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  const std::string content = random_content(kS3PartSize);
  auto upload = store->create("pack").value();
  constexpr int kParts = 4;
  for (int part = 0; part < kParts; ++part) {
    const auto written = upload->write(bytes_of(content));
    ASSERT_TRUE(written) << written.error().cause;
    // Half of their time is over: those that were fetched for this part are not good for the next.
    std::this_thread::sleep_for(std::chrono::seconds(part == 0 ? 0 : 2));
  }
  const auto committed = upload->commit();
  ASSERT_TRUE(committed) << committed.error().cause;
  EXPECT_GT(times_asked(), 1);
  const auto stored = store->stat("pack");
  ASSERT_TRUE(stored) << stored.error().cause;
  EXPECT_EQ(stored->size, kParts * kS3PartSize);
}

// MinIO removes them by itself after a day.
#define WALDEN_SKIP_WITHOUT_LIST_OF_UPLOADS() \
  if (!testing::s3_server().lists_uploads)    \
  GTEST_SKIP() << "this server lists interrupted uploads by their whole names only"

TEST_F(OnS3, LeavesNoPartsOfAnAbortedUpload) {
  WALDEN_SKIP_WITHOUT_LIST_OF_UPLOADS();
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  {
    auto upload = store->create("pack");
    ASSERT_TRUE(upload);
    const std::string content = random_content(2 * kS3PartSize + 1);
    ASSERT_TRUE((*upload)->write(bytes_of(content)));
    EXPECT_EQ(store->interrupted_uploads("")->size(), 1U);
  }
  EXPECT_THAT(store->interrupted_uploads("").value(), IsEmpty());
  EXPECT_EQ(kind_of(store->stat("pack")), ErrorKind::absent);
}

TEST_F(OnS3, FindsAndRemovesInterruptedUploads) {
  WALDEN_SKIP_WITHOUT_LIST_OF_UPLOADS();
  bucket_->must_send("POST", "prod/orders/backup/x/pack-0001", {{"uploads", ""}});
  bucket_->must_send("POST", "prod/other/pack-0001", {{"uploads", ""}});
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  const auto found = store->interrupted_uploads("orders/");
  ASSERT_TRUE(found) << found.error().cause;
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().name, "orders/backup/x/pack-0001");
  EXPECT_GT(found->front().begun, 1'600'000'000);
  ASSERT_TRUE(store->abort_upload(found->front()));
  EXPECT_THAT(store->interrupted_uploads("orders/").value(), IsEmpty());
  EXPECT_EQ(store->interrupted_uploads("")->size(), 1U);
}

TEST_F(OnS3, GoesOnFromWhereABodyBrokeOff) {
  const std::string content = random_content(5'000'000);
  put("wal/1", content);
  const HostileProxy proxy(
      "reset-response method=GET bytes=1000000\ntruncate method=GET bytes=2000000");
  BufferSink sink(content.size());
  const auto read = behind(proxy)->read("wal/1", {}, sink);
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_TRUE(text_of(sink.buffer()) == content);
  EXPECT_THAT(seen_by(proxy), ElementsAre("GET 200", "GET 206", "GET 206"));
}

TEST_F(OnS3, RefusesToGoOnInAnotherObject) {
  put("wal/1", random_content(2'000'000));
  // Cut short, and replaced by someone before the reader can go on.
  const HostileProxy proxy(
      "reset-response method=GET bytes=1000000\nstatus method=GET code=412 "
      "error=PreconditionFailed");
  BufferSink sink(4'000'000);
  const auto read = behind(proxy)->read("wal/1", {}, sink);
  EXPECT_EQ(kind_of(read), ErrorKind::transient);
  EXPECT_THAT(read.error().cause, HasSubstr("changed"));
}

TEST_F(OnS3, KeepsNamesOfEveryLegalCharacter) {
  std::string name = "all";
  for (char c = '!'; c <= '~'; ++c) {
    if (c != '/') name += c;
  }
  put(name, "content");
  put("a+b/c=d&e%2F", "x");
  EXPECT_EQ(get(name), "content");
  std::vector<std::string> names;
  ASSERT_TRUE(direct().list({}, [&](const ObjectEntry& entry) -> Result<> {
    names.push_back(entry.name);
    return {};
  }));
  EXPECT_THAT(names, ElementsAre("a+b/c=d&e%2F", name));
}

TEST_F(OnS3, LeavesOutKeysThatAreNoNamesOfObjects) {
  put("a", "x");
  bucket_->must_send("PUT", "prod/folder/", {}, "");
  bucket_->must_send("PUT", "prod/with space", {}, "x");
  bucket_->must_send("PUT", "production", {}, "x");
  std::vector<std::string> names;
  ASSERT_TRUE(direct().list({}, [&](const ObjectEntry& entry) -> Result<> {
    names.push_back(entry.name);
    return {};
  }));
  EXPECT_THAT(names, ElementsAre("a"));
}

TEST_F(OnS3, TellsABucketThatIsNotThereFromAnEmptyOne) {
  testing::set_s3_variables(
      testing::s3_variables(testing::s3_server().endpoint, testing::s3_server().owner));
  const auto store = S3Store::open("s3://no-such-bucket/prod", {}).value();
  BufferSink sink(10);
  EXPECT_EQ(kind_of(store->read("a", {}, sink)), ErrorKind::configuration);
  EXPECT_EQ(kind_of(store->stat("a")), ErrorKind::configuration);
  EXPECT_EQ(kind_of(create_object(*store, "a", bytes_of("x"))), ErrorKind::configuration);
  EXPECT_EQ(kind_of(store->list({}, [](const ObjectEntry&) -> Result<> { return {}; })),
            ErrorKind::configuration);
}

TEST_F(OnS3, IsDeniedWithAnothersKeysAndWithAWrongSecret) {
  put("a", "x");
  auto wrong = testing::s3_server().owner;
  wrong.secret_key += "x";
  for (const auto& keys : {testing::s3_server().stranger, wrong}) {
    const auto store = open_at(testing::s3_server().endpoint, keys);
    BufferSink sink(10);
    const auto read = store->read("a", {}, sink);
    EXPECT_EQ(kind_of(read), ErrorKind::denied) << read.error().cause;
    EXPECT_THAT(read.error().cause, ::testing::Not(HasSubstr(keys.secret_key)));
    EXPECT_EQ(kind_of(create_object(*store, "b", bytes_of("x"))), ErrorKind::denied);
  }
}

TEST_F(OnS3, RefusesACertificateThatItsCaDidNotSign) {
  const auto store = open_at(testing::s3_server().tls_endpoint, testing::s3_server().owner,
                             {.ca_file = "/etc/ssl/certs/ca-certificates.crt"});
  const auto created = create_object(*store, "a", bytes_of("x"));
  EXPECT_EQ(kind_of(created), ErrorKind::configuration);
  EXPECT_THAT(created.error().remedy, HasSubstr("s3_ca_file"));
}

TEST_F(OnS3, SignsForTheRegionThatTheServerNames) {
  const HostileProxy proxy("status code=301 error=PermanentRedirect region=us-east-1");
  const auto store = behind(proxy, {.region = "eu-west-7"});
  ASSERT_TRUE(create_object(*store, "a", bytes_of("x")));
  ASSERT_TRUE(create_object(*store, "b", bytes_of("x")));
  EXPECT_THAT(seen_by(proxy), ElementsAre("PUT 301", "PUT 200", "PUT 200"));
}

TEST_F(OnS3, TakesTheTimeFromTheServerWhenTheClockIsOff) {
  const HostileProxy proxy("status code=403 error=RequestTimeTooSkewed skew=60");
  ASSERT_TRUE(create_object(*behind(proxy), "a", bytes_of("x")));
  EXPECT_THAT(seen_by(proxy), ElementsAre("PUT 403", "PUT 200"));
}

TEST_F(OnS3, SaysThatTheClockIsOffWhenThatDoesNotHelp) {
  const HostileProxy proxy("status code=403 error=RequestTimeTooSkewed times=always skew=60");
  const auto created = create_object(*behind(proxy), "a", bytes_of("x"));
  EXPECT_EQ(kind_of(created), ErrorKind::configuration);
  EXPECT_THAT(created.error().remedy, HasSubstr("clock"));
  EXPECT_EQ(proxy.requests().size(), 2U);
}

TEST_F(OnS3, CompletesAgainWhenA200TurnsOutToBeAnError) {
  const HostileProxy proxy("ok-with-error method=POST query=uploadId error=InternalError");
  const std::string content = random_content(kS3PartSize + 1);
  const auto created = create_object(*behind(proxy), "pack", bytes_of(content));
  EXPECT_TRUE(created) << created.error().cause;
  EXPECT_TRUE(get("pack") == content);
}

TEST_F(OnS3, AsksBeforeItCreatesWhereTheServerIgnoresTheCondition) {
  const HostileProxy proxy;
  const auto store = behind(proxy, {.create = S3Create::checked});
  ASSERT_TRUE(create_object(*store, "a", bytes_of("first")));
  EXPECT_EQ(kind_of(create_object(*store, "a", bytes_of("second"))), ErrorKind::exists);
  EXPECT_EQ(get("a"), "first");
  EXPECT_THAT(seen_by(proxy), ElementsAre("GET 404", "PUT 200", "GET 206"));
}

TEST_F(OnS3, SeesThatTheServerRefusesToOverwrite) {
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  EXPECT_EQ(store->refuses_to_overwrite().value(), true);
  EXPECT_EQ(store->refuses_to_overwrite().value(), true);  // and once more, over its own probe
}

// Servers differ in it (Ceph 16 heeds the condition only without versions); what is said is true.
TEST_F(OnS3, SeesWhetherTheServerRefusesToOverwriteWhereItKeepsVersions) {
  bucket_->must_send("PUT", "", {{"versioning", ""}},
                     "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  const auto refuses = store->refuses_to_overwrite();
  ASSERT_TRUE(refuses) << refuses.error().cause;
  const std::string versions =
      bucket_->must_send("GET", "", {{"versions", ""}, {"prefix", "prod/walden-probe"}});
  const auto first = versions.find("<VersionId>");
  ASSERT_NE(first, std::string::npos) << versions;
  EXPECT_EQ(versions.find("<VersionId>", first + 1) == std::string::npos, *refuses) << versions;
}

// Servers differ in it; whatever is said is true.
TEST_F(OnS3, SeesWhetherTheServerRefusesToOverwriteInParts) {
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  ASSERT_EQ(store->refuses_to_overwrite().value(), true);
  const auto before = bucket_->must_send("GET", "prod/walden-probe");
  const auto refuses = store->refuses_to_overwrite_in_parts();
  ASSERT_TRUE(refuses) << refuses.error().cause;
  EXPECT_EQ(bucket_->must_send("GET", "prod/walden-probe") == before, *refuses);
  EXPECT_THAT(store->interrupted_uploads("").value(), IsEmpty());
}

TEST_F(OnS3, TakesADeniedOverwriteOfItsOwnObjectForARefusal) {
  const HostileProxy proxy(
      "status method=PUT path=/walden-probe- code=403 error=AccessDenied skip=1\n"
      "status method=PUT path=/walden-probe code=403 error=AccessDenied");
  EXPECT_EQ(behind(proxy)->refuses_to_overwrite().value(), true);
}

TEST_F(OnS3, DoesNotTakeKeysThatMayNotWriteForARefusalToOverwrite) {
  ASSERT_EQ(open_at(testing::s3_server().endpoint, testing::s3_server().owner)
                ->refuses_to_overwrite()
                .value(),
            true);  // a probe is there
  const HostileProxy proxy("status method=PUT code=403 error=AccessDenied times=always");
  EXPECT_EQ(kind_of(behind(proxy)->refuses_to_overwrite()), ErrorKind::denied);
}

TEST_F(OnS3, TakesNoPageFromAProxyForAnAcknowledgement) {
  const HostileProxy proxy("html code=200 times=always");
  const auto store = behind(proxy, {.patience = std::chrono::seconds(1)});
  EXPECT_EQ(kind_of(create_object(*store, "a", bytes_of("x"))), ErrorKind::transient);
  const std::string large = random_content(kS3PartSize + 1);
  EXPECT_EQ(kind_of(create_object(*store, "pack", bytes_of(large))), ErrorKind::transient);
  BufferSink sink(100'000);
  EXPECT_EQ(kind_of(store->read("a", {}, sink)), ErrorKind::transient);
  EXPECT_EQ(kind_of(store->list({}, [](const ObjectEntry&) -> Result<> { return {}; })),
            ErrorKind::transient);
  EXPECT_EQ(kind_of(store->refuses_to_overwrite()), ErrorKind::transient);
}

TEST_F(OnS3, TakesNoPageFromAProxyForACompletion) {
  const HostileProxy proxy("html method=POST query=uploadId code=200");
  const std::string content = random_content(kS3PartSize + 1);
  ASSERT_TRUE(create_object(*behind(proxy), "pack", bytes_of(content)));
  EXPECT_TRUE(get("pack") == content);
}

TEST_F(OnS3, SeesAServerThatDoesNotKnowTheCondition) {
  const HostileProxy proxy("status method=PUT code=501 error=NotImplemented");
  EXPECT_EQ(behind(proxy)->refuses_to_overwrite().value(), false);
}

TEST_F(OnS3, TellsTheFactsOfItsBucket) {
  const auto store = open_at(testing::s3_server().endpoint, testing::s3_server().owner);
  const auto facts = store->facts();
  ASSERT_TRUE(facts) << facts.error().cause;
  EXPECT_EQ(facts->versioning, S3Facts::Answer::no);
  EXPECT_EQ(facts->object_lock, S3Facts::Answer::no);
  EXPECT_EQ(facts->may_delete, S3Facts::Answer::yes);
  ASSERT_TRUE(facts->clock_skew.has_value());
  EXPECT_LE(std::abs(facts->clock_skew->count()), 5);
  bucket_->must_send("PUT", "", {{"versioning", ""}},
                     "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  EXPECT_EQ(store->facts()->versioning, S3Facts::Answer::yes);
}

TEST_F(OnS3, ReportsDeniedDeletionAsAFactAboutTheRights) {
  const HostileProxy proxy("status method=DELETE code=403 error=AccessDenied");
  EXPECT_EQ(behind(proxy)->facts()->may_delete, S3Facts::Answer::no);
}

}  // namespace
}  // namespace walden
