#include "common/audit/audit_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

AuditEvent event(const std::string& command) {
  AuditEvent event;
  event.command = command;
  event.cluster = "orders";
  event.outcome = "done";
  return event;
}

class AuditFileTest : public ::testing::Test {
 protected:
  void add(const std::string& command, const std::string& object = {},
           const std::string& store = "s3://a") const {
    auto file = AuditFile::open(folder_.path());
    ASSERT_TRUE(file) << file.error().cause;
    const auto appended = file->append(to_line({event(command), file->next(store, object)}));
    ASSERT_TRUE(appended) << appended.error().cause;
  }
  [[nodiscard]] std::vector<AuditEntry> entries() const {
    std::vector<AuditEntry> entries;
    const auto lines = read_audit_file(path()).value();
    for (const auto& line : lines) {
      entries.push_back(parse_audit_line(line).value());
    }
    return entries;
  }
  [[nodiscard]] fs::path path() const { return audit_file_in(folder_.path()); }

  testing::TemporaryDirectory folder_;
};

TEST_F(AuditFileTest, NumbersItsLinesAndChainsThem) {
  add("init");
  add("push", "orders/audit/a");
  add("list");
  add("push", "orders/audit/b");
  const auto all = entries();
  ASSERT_THAT(all, SizeIs(4));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].position.number, i + 1);
    EXPECT_EQ(all[i].position.trail, all[0].position.trail);
    EXPECT_EQ(all[i].position.previous, i == 0 ? "" : digest_of_line(to_line(all[i - 1])));
  }
  EXPECT_EQ(all[0].position.stored, 0U);
  EXPECT_EQ(all[1].position.stored, 1U);
  EXPECT_EQ(all[2].position.stored, 1U);
  EXPECT_EQ(all[3].position.stored, 2U);
  EXPECT_EQ(all[1].position.previous_stored, "");
  EXPECT_EQ(all[3].position.previous_stored, digest_of_line(to_line(all[1])));
}

TEST_F(AuditFileTest, BeginsAnotherTrailForAnotherStore) {
  add("push", "orders/audit/a", "s3://a");
  add("push", "orders/audit/b", "s3://b");
  add("push", "orders/audit/c", "s3://b");
  const auto all = entries();
  EXPECT_NE(all[1].position.trail, all[0].position.trail);
  EXPECT_EQ(all[1].position.number, 1U);
  EXPECT_EQ(all[1].position.stored, 1U);
  EXPECT_EQ(all[1].position.previous_stored, "");
  EXPECT_EQ(all[1].position.previous, digest_of_line(to_line(all[0]))) << "one file, one chain";
  EXPECT_EQ(all[2].position.trail, all[1].position.trail);
}

TEST_F(AuditFileTest, IsReadableByItsOwnerOnly) {
  add("init");
  struct stat facts {};
  ASSERT_EQ(::stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
}

TEST_F(AuditFileTest, MadeByRootBelongsToTheOwnerOfItsFolder) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(folder_.path().c_str(), 12345, 12346), 0);
  add("restore");
  struct stat facts {};
  ASSERT_EQ(::stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 12345U);
  EXPECT_EQ(facts.st_gid, 12346U);
}

TEST_F(AuditFileTest, GoesOnBehindALineThatACrashCutShort) {
  add("init");
  std::ofstream(path(), std::ios::app) << "{\"time_us\":12";
  add("push");
  const auto lines = read_audit_file(path()).value();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_FALSE(parse_audit_line(lines[1]));
  const auto last = parse_audit_line(lines[2]);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->position.previous, digest_of_line(lines[1]));
}

TEST_F(AuditFileTest, IsRefusedWhereItIsNoPlainFile) {
  add("init");
  fs::create_hard_link(path(), folder_ / "second");
  EXPECT_FALSE(AuditFile::open(folder_.path()));
  fs::remove(path());
  fs::create_symlink(folder_ / "second", path());
  EXPECT_FALSE(AuditFile::open(folder_.path()));
}

TEST_F(AuditFileTest, HasOneOrderWhoeverWrites) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this] {
      for (int i = 0; i < 10; ++i) add("push", "orders/audit/x");
    });
  }
  for (auto& writer : writers) writer.join();
  const auto all = entries();
  ASSERT_THAT(all, SizeIs(40));
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_EQ(all[i].position.previous, digest_of_line(to_line(all[i - 1])));
    ASSERT_EQ(all[i].position.stored, i + 1);
  }
}

TEST_F(AuditFileTest, IsOpenForOneAtATime) {
  std::optional<Result<AuditFile>> first = AuditFile::open(folder_.path());
  ASSERT_TRUE(*first);
  auto second = std::async(std::launch::async, [&] { return AuditFile::open(folder_.path()); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  first.reset();
  EXPECT_TRUE(second.get());
}

TEST_F(AuditFileTest, ThatIsNotThereHasNoLines) {
  EXPECT_THAT(read_audit_file(path()).value(), SizeIs(0));
}

TEST(AuditLine, IsBoundedWhateverItHolds) {
  AuditEntry entry{event("restore"), {}};
  entry.event.error = std::string(1U << 20U, 'x');
  entry.event.subject = std::string(1U << 20U, '\x01');
  for (int i = 0; i < 1000; ++i) entry.event.arguments.emplace_back(1000, '"');
  EXPECT_LE(to_line(entry).size(), kMaxAuditLine);
}

TEST(AuditLine, OfAnotherShapeIsRefused) {
  for (const char* line : {"", "{}", "[]", "{\"time_us\":\"1\"}", "null", "{\"time_us\":1"}) {
    EXPECT_FALSE(parse_audit_line(line)) << line;
  }
}

}  // namespace
}  // namespace walden
