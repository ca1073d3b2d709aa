#include "basebackup/server_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/ask_server_record.h"
#include "common/store/memory_store.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

constexpr const char* kId = "20261121T030000Z-tl1-03";

ServerRecord sample() {
  ServerRecord record;
  record.settings = {{"max_connections", "100"}, {"shared_buffers", "128MB"}};
  record.databases = {{.name = "shop",
                       .encoding = "UTF8",
                       .collation = "C",
                       .character_type = "C",
                       .locale_provider = "libc",
                       .locale = "",
                       .collation_version = "",
                       .size = 7'000'000,
                       .definitions = 12,
                       .schema_digest = std::string(64, 'a'),
                       .extensions = {{"plpgsql", "1.0"}},
                       .not_recorded = ""},
                      {.name = "template0", .not_recorded = "it allows no connections"}};
  return record;
}

class ServerRecordTest : public ::testing::Test {
 protected:
  MemoryStore store_;
  ObjectNames names_{"orders", 7};
};

TEST_F(ServerRecordTest, ComesBackFromTheStoreAsItWas) {
  ASSERT_TRUE(write_server_record(store_, names_, kId, sample(), {}));
  const auto read = read_server_record(store_, names_, kId, {});
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(to_json(*read), to_json(sample()));
  EXPECT_EQ(read->databases.front().size, 7'000'000U);
  EXPECT_FALSE(read->databases.back().size);
}

TEST_F(ServerRecordTest, IsSealedToTheRecipients) {
  const SecretKey key = SecretKey::generate();
  ASSERT_TRUE(
      write_server_record(store_, names_, kId, sample(), {.recipients = {key.recipient()}}));
  const auto unread = read_server_record(store_, names_, kId, {});
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().kind, ErrorKind::configuration);
}

TEST_F(ServerRecordTest, OfAnEarlierBackupIsAbsent) {
  const auto read = read_server_record(store_, names_, kId, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::absent);
}

TEST(ServerRecordJson, OfAnotherShapeIsRefused) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"walden_server":"1"})", R"({"walden_server":1})",
        R"({"walden_server":1,"settings":[1],"databases":[],"not_recorded":""})",
        R"({"walden_server":1,"settings":{},"databases":[{"name":1}],"not_recorded":""})",
        R"({"walden_server":1,"settings":{},"databases":[],"not_recorded":null})"}) {
    const auto record = parse_server_record(text);
    ASSERT_FALSE(record) << text;
    EXPECT_EQ(record.error().kind, ErrorKind::corrupt) << text;
  }
}

TEST(ServerRecordJson, OfANewerVersionAsksForAnUpgrade) {
  const auto record = parse_server_record(R"({"walden_server":2})");
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().kind, ErrorKind::configuration);
  EXPECT_THAT(record.error().remedy, HasSubstr("Upgrade"));
}

TEST(MissingOfServerRecord, IsNothingWhereOnlyATemplateIsClosed) {
  EXPECT_EQ(missing_of(sample()), "");
}

TEST(MissingOfServerRecord, NamesTheFirstDatabaseAndCountsTheRest) {
  ServerRecord record = sample();
  record.databases.push_back({.name = "a", .not_recorded = "permission denied"});
  record.databases.push_back({.name = "b", .not_recorded = "permission denied"});
  EXPECT_THAT(missing_of(record), HasSubstr("a: permission denied (and 1 more)"));
}

}  // namespace
}  // namespace walden
