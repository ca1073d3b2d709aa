// What every Store must do, whatever it keeps its objects in.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <random>
#include <thread>

#include "common/store/directory_store.h"
#include "common/store/memory_store.h"
#include "common/store/s3_store.h"
#include "tests/support/s3_server.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::ElementsAre;

// A store, empty, and whatever it needs to live.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;
  virtual Store& store() = 0;
};

class MemoryPlace final : public Place {
  Store& store() override { return store_; }
  MemoryStore store_;
};

class DirectoryPlace final : public Place {
  Store& store() override { return store_; }
  testing::TemporaryDirectory folder_;
  DirectoryStore store_{folder_.path()};
};

// A prefix of its own in one bucket: buckets are what a server can run out of.
class S3Place final : public Place {
 public:
  S3Place() {
    static const testing::S3Bucket bucket;
    static int places = 0;
    testing::set_s3_variables(
        testing::s3_variables(testing::s3_server().tls_endpoint, testing::s3_server().owner));
    store_ = S3Store::open(bucket.url(fmt::format("place/{}", ++places)),
                           {.ca_file = testing::s3_server().ca_file})
                 .value();
  }
  Store& store() override { return *store_; }

 private:
  std::unique_ptr<S3Store> store_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Place>()> make;
  std::function<std::optional<std::string>()> why_not = [] { return std::nullopt; };
};

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (const auto missing = GetParam().why_not()) GTEST_SKIP() << *missing;
    place_ = GetParam().make();
  }
  Store& store() { return place_->store(); }

  void put(std::string_view name, std::string_view content) {
    const auto created = create_object(store(), name, bytes_of(content));
    ASSERT_TRUE(created) << created.error().cause;
  }
  std::string get(std::string_view name, ByteRange range = {}) {
    BufferSink sink(64U << 20U);
    const auto read = store().read(name, range, sink);
    if (!read) return "error: " + read.error().cause;
    return std::string(text_of(sink.buffer()));
  }
  std::vector<std::string> names(const ListRequest& request) {
    std::vector<std::string> found;
    const auto listed = store().list(request, [&](const ObjectEntry& entry) -> Result<> {
      found.push_back(entry.name);
      return {};
    });
    EXPECT_TRUE(listed) << listed.error().cause;
    return found;
  }

 private:
  std::unique_ptr<Place> place_;
};

ErrorKind kind_of(const auto& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? ErrorKind::usage : result.error().kind;
}

TEST_P(StoreContract, GivesBackWhatWasCreated) {
  put("orders/cluster.json", "{}");
  EXPECT_EQ(get("orders/cluster.json"), "{}");
}

TEST_P(StoreContract, KeepsAnEmptyObject) {
  put("empty", "");
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(store().stat("empty")->size, 0U);
}

TEST_P(StoreContract, RefusesASecondCreationAndKeepsTheFirst) {
  put("a/b", "first");
  EXPECT_EQ(kind_of(create_object(store(), "a/b", bytes_of("second"))), ErrorKind::exists);
  EXPECT_EQ(get("a/b"), "first");
}

TEST_P(StoreContract, LetsTheFirstCommitWinWhenTwoUploadsOverlap) {
  auto first = store().create("a/b");
  auto second = store().create("a/b");
  ASSERT_TRUE(first && second);
  ASSERT_TRUE((*first)->write(bytes_of("first")));
  ASSERT_TRUE((*second)->write(bytes_of("second")));
  ASSERT_TRUE((*second)->commit());
  EXPECT_EQ(kind_of((*first)->commit()), ErrorKind::exists);
  EXPECT_EQ(get("a/b"), "second");
}

TEST_P(StoreContract, HasExactlyOneWinnerAmongConcurrentCreators) {
  constexpr int kCreators = 8;
  std::vector<Result<>> outcomes(kCreators);
  {
    std::vector<std::jthread> creators;
    creators.reserve(kCreators);
    for (int i = 0; i < kCreators; ++i) {
      creators.emplace_back(
          [&, i] { outcomes[i] = create_object(store(), "x/y/z", bytes_of(std::to_string(i))); });
    }
  }
  int winner = -1;
  for (int i = 0; i < kCreators; ++i) {
    if (outcomes[i]) {
      EXPECT_EQ(winner, -1);
      winner = i;
    } else {
      EXPECT_EQ(outcomes[i].error().kind, ErrorKind::exists) << outcomes[i].error().cause;
    }
  }
  EXPECT_EQ(get("x/y/z"), std::to_string(winner));
}

TEST_P(StoreContract, SaysAbsentForWhatIsNotThere) {
  put("a/b", "content");
  BufferSink sink(10);
  for (const auto* name : {"a/c", "c", "c/d", "a/b/c"}) {
    EXPECT_EQ(kind_of(store().read(name, {}, sink)), ErrorKind::absent) << name;
    EXPECT_EQ(kind_of(store().stat(name)), ErrorKind::absent) << name;
  }
}

TEST_P(StoreContract, ReadsRangesAlsoPastTheEnd) {
  put("ten", "0123456789");
  EXPECT_EQ(get("ten", {2, 3}), "234");
  EXPECT_EQ(get("ten", {0, 10}), "0123456789");
  EXPECT_EQ(get("ten", {7, 100}), "789");
  EXPECT_EQ(get("ten", {7}), "789");
  EXPECT_EQ(get("ten", {10, 1}), "");
  EXPECT_EQ(get("ten", {1000, 1}), "");
  EXPECT_EQ(get("ten", {3, 0}), "");
}

TEST_P(StoreContract, PassesOnTheSinksOwnError) {
  put("ten", "0123456789");
  BufferSink sink(4);
  EXPECT_EQ(kind_of(store().read("ten", {}, sink)), ErrorKind::corrupt);
  BufferSink short_of_one(3);
  EXPECT_EQ(kind_of(store().read("ten", {2, 4}, short_of_one)), ErrorKind::corrupt);
}

TEST_P(StoreContract, KeepsAnObjectOfManyPieces) {
  std::string content(5U << 20U, '\0');
  std::minstd_rand random(7);
  for (char& c : content) c = static_cast<char>(random());
  auto upload = store().create("large");
  ASSERT_TRUE(upload);
  for (std::size_t at = 0; at < content.size(); at += 300'001) {
    ASSERT_TRUE((*upload)->write(bytes_of(std::string_view(content).substr(at, 300'001))));
  }
  ASSERT_TRUE((*upload)->commit());
  EXPECT_TRUE(get("large") == content);
  EXPECT_TRUE(get("large", {1'000'000, 700'000}) == content.substr(1'000'000, 700'000));
  EXPECT_EQ(store().stat("large")->size, content.size());
}

TEST_P(StoreContract, LeavesNothingOfAnAbortedUpload) {
  {
    auto upload = store().create("a/b");
    ASSERT_TRUE(upload);
    ASSERT_TRUE((*upload)->write(bytes_of("half of it")));
    EXPECT_EQ(kind_of(store().stat("a/b")), ErrorKind::absent);
  }
  EXPECT_THAT(names({}), ElementsAre());
  put("a/b", "whole");
  EXPECT_EQ(get("a/b"), "whole");
}

TEST_P(StoreContract, ListsFullNamesInByteOrder) {
  for (const auto* name : {"c/a/z", "c/a-b", "c/a0", "c/a/b/c", "d", "c/a.b"}) put(name, "x");
  EXPECT_THAT(names({}), ElementsAre("c/a-b", "c/a.b", "c/a/b/c", "c/a/z", "c/a0", "d"));
}

TEST_P(StoreContract, ListsWhatBeginsWithThePrefix) {
  for (const auto* name : {"c/a/b", "c/ab", "c/abc/d", "c/b", "d/a"}) put(name, "x");
  EXPECT_THAT(names({"c/ab", ""}), ElementsAre("c/ab", "c/abc/d"));
  EXPECT_THAT(names({"c/a/", ""}), ElementsAre("c/a/b"));
  EXPECT_THAT(names({"d", ""}), ElementsAre("d/a"));
  EXPECT_THAT(names({"nothing/here/", ""}), ElementsAre());
  EXPECT_THAT(names({"c/b/", ""}), ElementsAre());
}

TEST_P(StoreContract, ListsFromAfterAName) {
  for (const auto* name : {"a/1", "a/2", "a/2/x", "a/3", "b"}) {
    if (std::string_view(name) != "a/2/x") put(name, "x");
  }
  EXPECT_THAT(names({"", "a/1"}), ElementsAre("a/2", "a/3", "b"));
  EXPECT_THAT(names({"", "a/11"}), ElementsAre("a/2", "a/3", "b"));
  EXPECT_THAT(names({"a/", "a/2"}), ElementsAre("a/3"));
  EXPECT_THAT(names({"a/", "a/3"}), ElementsAre());
  EXPECT_THAT(names({"b", "a/2"}), ElementsAre("b"));
  EXPECT_THAT(names({"a/", "c"}), ElementsAre());
}

TEST_P(StoreContract, ListsMoreNamesThanOnePageHolds) {
  std::vector<std::string> all;
  all.reserve(1500);
  for (int i = 0; i < 1500; ++i) all.push_back(fmt::format("w/{:04X}/{:02X}", i / 256, i % 256));
  std::vector<std::jthread> creators;  // each creation is a round trip, on some stores
  for (std::size_t first = 0; first < 4; ++first) {
    creators.emplace_back([&, first] {
      for (std::size_t i = first; i < all.size(); i += 4) put(all[i], "x");
    });
  }
  creators.clear();
  EXPECT_EQ(names({"w/", ""}), all);
  EXPECT_EQ(names({"w/", all[1233]}), std::vector(all.begin() + 1234, all.end()));
}

TEST_P(StoreContract, SaysSizeAndTimeWhileListing) {
  put("a", "12345");
  const auto status = store().stat("a");
  ASSERT_TRUE(status);
  EXPECT_GT(status->modified, 1'600'000'000);
  ASSERT_TRUE(store().list({}, [&](const ObjectEntry& entry) -> Result<> {
    EXPECT_EQ(entry.size, 5U);
    EXPECT_EQ(entry.modified, status->modified);
    return {};
  }));
}

TEST_P(StoreContract, EndsAListingWithTheVisitorsError) {
  for (const auto* name : {"a", "b", "c"}) put(name, "x");
  int seen = 0;
  const auto listed = store().list({}, [&](const ObjectEntry&) -> Result<> {
    if (++seen == 2) return fail(ErrorKind::denied, "enough");
    return {};
  });
  EXPECT_EQ(kind_of(listed), ErrorKind::denied);
  EXPECT_EQ(seen, 2);
}

TEST_P(StoreContract, RefusesNamesThatAreNoNames) {
  for (const auto* name : {"", "/", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.b", "a b",
                           "\xc3\xa4", "a\nb"}) {
    EXPECT_EQ(kind_of(store().create(name)), ErrorKind::usage) << name;
    EXPECT_EQ(kind_of(store().stat(name)), ErrorKind::usage) << name;
  }
}

TEST(ObjectName, IsAtMost900Bytes) {
  EXPECT_TRUE(valid_object_name(std::string(900, 'a')));
  EXPECT_FALSE(valid_object_name(std::string(901, 'a')));
}

TEST_P(StoreContract, ReadsASmallObjectWholeButNotALargerOne) {
  put("small", "12345");
  EXPECT_EQ(text_of(read_object(store(), "small", 5).value()), "12345");
  EXPECT_EQ(kind_of(read_object(store(), "small", 4)), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(read_object(store(), "other", 4)), ErrorKind::absent);
}

INSTANTIATE_TEST_SUITE_P(
    Every, StoreContract,
    ::testing::Values(Kind{"memory", [] { return std::make_unique<MemoryPlace>(); }},
                      Kind{"directory", [] { return std::make_unique<DirectoryPlace>(); }},
                      Kind{"S3", [] { return std::make_unique<S3Place>(); },
                           testing::s3_is_missing}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace walden
