// What every Eraser must do, whatever the store.
#include "common/store/eraser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "common/store/directory_eraser.h"
#include "common/store/memory_eraser.h"
#include "common/store/open_store.h"
#include "common/store/s3_eraser.h"
#include "tests/support/fake_s3.h"
#include "tests/support/s3_server.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void put(Store& store, std::string_view name) {
  const auto created = create_object(store, name, bytes_of("x"));
  ASSERT_TRUE(created) << created.error().cause;
}

void erases(Store& store, Eraser& eraser) {
  put(store, "orders/1/one");
  put(store, "orders/1/two");
  const auto erased = eraser.erase("orders/1/one");
  ASSERT_TRUE(erased) << erased.error().cause;
  EXPECT_EQ(*erased, Erased::gone);
  EXPECT_EQ(store.stat("orders/1/one").error().kind, ErrorKind::absent);
  EXPECT_TRUE(store.stat("orders/1/two"));
  const auto again = eraser.erase("orders/1/one");  // a bucket does not say whether it was there
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(eraser.erase("/etc/../passwd").error().kind, ErrorKind::usage);
  put(store, "orders/1/one");  // the name can be used again
}

TEST(EraserOfMemory, Erases) {
  MemoryStore store;
  MemoryEraser eraser(store);
  erases(store, eraser);
  EXPECT_EQ(eraser.erase("orders/1/none").value(), Erased::absent);
}

TEST(EraserOfADirectory, Erases) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  const auto eraser = open_eraser("file://" + folder.path().string()).value();
  erases(store, *eraser);
  EXPECT_EQ(eraser->erase("orders/1/none").value(), Erased::absent);
}

TEST(EraserOfADirectory, TidiesFoldersThatHaveBecomeEmptyAndNoOther) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  DirectoryEraser eraser(folder.path());
  put(store, "orders/1/wal/00000001/00000000/one");
  put(store, "orders/1/wal/00000001/00000001/two");
  ASSERT_TRUE(eraser.erase("orders/1/wal/00000001/00000000/one"));
  EXPECT_FALSE(fs::exists(folder.path() / "orders/1/wal/00000001/00000000"));
  EXPECT_TRUE(fs::exists(folder.path() / "orders/1/wal/00000001"));
  ASSERT_TRUE(eraser.erase("orders/1/wal/00000001/00000001/two"));
  EXPECT_TRUE(fs::exists(folder.path()));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(EraserOfADirectory, DoesNotTakeAnUnmountedStoreForAnEmptyOne) {
  const testing::TemporaryDirectory folder;
  DirectoryEraser eraser(folder.path() / "not mounted");
  EXPECT_EQ(eraser.erase("orders/1/one").error().kind, ErrorKind::configuration);
}

TEST(EraserOfADirectory, DeletesFilesAndNothingElse) {
  const testing::TemporaryDirectory folder;
  fs::create_directories(folder.path() / "orders/1");
  DirectoryEraser eraser(folder.path());
  EXPECT_EQ(eraser.erase("orders/1").error().kind, ErrorKind::local_io);
  EXPECT_TRUE(fs::exists(folder.path() / "orders/1"));
}

TEST(EraserOnS3, Erases) {
  if (const auto missing = testing::s3_is_missing()) GTEST_SKIP() << *missing;
  const testing::S3Bucket bucket;
  testing::set_s3_variables(
      testing::s3_variables(testing::s3_server().tls_endpoint, testing::s3_server().owner));
  const S3Options options{.ca_file = testing::s3_server().ca_file};
  const auto store = open_store(bucket.url("place"), options).value();
  const auto eraser = open_eraser(bucket.url("place"), options).value();
  erases(*store, *eraser);
}

std::unique_ptr<Eraser> eraser_on(const testing::FakeHttpServer& server) {
  return std::make_unique<S3Eraser>(
      testing::store_on(server, {.patience = std::chrono::seconds(1)}));
}

TEST(EraserOfABucket, SaysWhatTheBucketKeepsAsAVersion) {
  const testing::FakeHttpServer server([](const testing::FakeRequest&) -> testing::FakeAnswer {
    return {.status = 204, .headers = {{"x-amz-delete-marker", "true"}}};
  });
  EXPECT_EQ(eraser_on(server)->erase("orders/1/one").value(), Erased::hidden);
}

TEST(EraserOfABucket, SaysWhatIsHeldBack) {
  const testing::FakeHttpServer server([](const testing::FakeRequest&) -> testing::FakeAnswer {
    return {.status = 403,
            .body = testing::error_document(
                "AccessDenied", "Access Denied because object protected by object lock.")};
  });
  EXPECT_EQ(eraser_on(server)->erase("orders/1/one").value(), Erased::held);
}

TEST(EraserOfABucket, TellsMissingRightsFromAHold) {
  const testing::FakeHttpServer server([](const testing::FakeRequest&) -> testing::FakeAnswer {
    return testing::refusal(403, "AccessDenied");
  });
  const auto refused = eraser_on(server)->erase("orders/1/one");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_THAT(refused.error().cause, HasSubstr("DeleteObject"));
  EXPECT_THAT(refused.error().cause, HasSubstr("orders/1/one"));
}

TEST(EraserOfABucket, BelievesNoWebPage) {
  const testing::FakeHttpServer server([](const testing::FakeRequest&) -> testing::FakeAnswer {
    return {.body = "<html>signed out</html>"};
  });
  EXPECT_EQ(eraser_on(server)->erase("orders/1/one").error().kind, ErrorKind::transient);
}

}  // namespace
}  // namespace walden
