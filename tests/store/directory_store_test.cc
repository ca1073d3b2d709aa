#include "common/store/directory_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/bytes/new_file.h"
#include "common/store/open_store.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(DirectoryStore, IsNotThereWhenItsRootIsNot) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder / "unmounted");
  BufferSink sink(10);
  const auto nothing = [](const ObjectEntry&) -> Result<> { return {}; };
  EXPECT_EQ(store.read("a", {}, sink).error().kind, ErrorKind::configuration);
  EXPECT_EQ(store.stat("a").error().kind, ErrorKind::configuration);
  EXPECT_EQ(store.list({}, nothing).error().kind, ErrorKind::configuration);
  const auto created = store.create("a");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::configuration);
  EXPECT_THAT(created.error().remedy, HasSubstr("Mount its file system"));
  EXPECT_THAT(created.error().remedy, HasSubstr("do not run basebackup init"));
  EXPECT_FALSE(fs::exists(folder / "unmounted"));
}

TEST(DirectoryStore, IsNotThereWhenItsRootIsAFile) {
  const testing::TemporaryDirectory folder;
  std::ofstream(folder / "file") << "x";
  DirectoryStore store(folder / "file");
  EXPECT_EQ(store.stat("a").error().kind, ErrorKind::configuration);
  EXPECT_EQ(store.create("a").error().kind, ErrorKind::configuration);
}

TEST(DirectoryStore, MakesItsRootWithParentsForItsOwnerOnly) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder / "new/root/");
  ASSERT_TRUE(store.create_root());
  ASSERT_TRUE(store.create_root());
  struct stat status {};
  ASSERT_EQ(::stat((folder / "new/root").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_TRUE(create_object(store, "a/b", bytes_of("x")));
  ASSERT_EQ(::stat((folder / "new/root/a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(DirectoryStore, ListsNoTemporariesAndNoForeignFiles) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  auto upload = store.create("a/b");
  ASSERT_TRUE(upload);
  std::ofstream(folder / "a/with blank") << "x";
  fs::create_symlink("nowhere", folder / "a/.dangling");
  int seen = 0;
  ASSERT_TRUE(store.list({}, [&](const ObjectEntry&) -> Result<> {
    ++seen;
    return {};
  }));
  EXPECT_EQ(seen, 0);
}

// Where something else than an object bears a name, the store must neither say "absent" nor pass
// over it.
class Doubt : public ::testing::Test {
 protected:
  Doubt() { EXPECT_TRUE(create_object(store_, "a/b", bytes_of("x"))); }

  void expect_doubt(const auto& result, const std::string& what) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::local_io) << result.error().cause;
    EXPECT_THAT(result.error().cause, HasSubstr((folder_ / what).native()));
  }
  // `what` is the part of `name` that is not as it must be.
  void expect_doubt_about(const std::string& name, const std::string& what) {
    BufferSink sink(10);
    expect_doubt(store_.read(name, {}, sink), what);
    expect_doubt(store_.stat(name), what);
    expect_doubt(store_.create(name), what);
    for (const std::string& prefix : {std::string(), what, name}) {
      expect_doubt(list({prefix, ""}), what);
    }
  }
  Result<> list(const ListRequest& request) {
    return store_.list(request, [](const ObjectEntry&) -> Result<> { return {}; });
  }

  testing::TemporaryDirectory folder_;
  DirectoryStore store_{folder_.path()};
};

TEST_F(Doubt, IsWhereALinkOnTheWayLeadsNowhere) {
  fs::create_directory_symlink(folder_ / "unmounted/log", folder_ / "log");
  expect_doubt_about("log/1/2", "log");
  fs::create_directory_symlink(folder_ / "unmounted/log", folder_ / "a/log");
  expect_doubt(list({"a/log/1", ""}), "a/log");
}

TEST_F(Doubt, IsWhereALinkLeadsThroughAFile) {
  fs::create_directory_symlink(folder_ / "a/b/log", folder_ / "log");
  expect_doubt_about("log/1", "log");
}

TEST_F(Doubt, IsWhereTheObjectIsALinkThatLeadsNowhere) {
  fs::create_symlink("nowhere", folder_ / "a/c");
  expect_doubt_about("a/c", "a/c");
}

TEST_F(Doubt, IsWhereTheObjectOrAFolderIsAPipe) {
  ASSERT_EQ(::mkfifo((folder_ / "a/c").c_str(), 0600), 0);
  expect_doubt_about("a/c", "a/c");
  expect_doubt_about("a/c/d", "a/c");
}

TEST_F(Doubt, IsWhereTheObjectIsAFolder) {
  BufferSink sink(10);
  expect_doubt(store_.read("a", {}, sink), "a");
  expect_doubt(store_.stat("a"), "a");
  expect_doubt(store_.create("a"), "a");
  EXPECT_TRUE(list({"a", ""}));
}

TEST_F(Doubt, IsNotWhereALinkLeadsToAFolder) {
  fs::create_directory(folder_ / ".elsewhere");
  fs::create_directory_symlink(folder_ / ".elsewhere", folder_ / "log");
  EXPECT_EQ(store_.stat("log/1").error().kind, ErrorKind::absent);
  ASSERT_TRUE(create_object(store_, "log/1", bytes_of("x")));
  EXPECT_TRUE(store_.stat("log/1"));
  EXPECT_TRUE(list({"log/", ""}));
}

TEST_F(Doubt, IsNotAboutWhatAListingDoesNotAskFor) {
  fs::create_symlink("nowhere", folder_ / "a/c");
  EXPECT_TRUE(list({"a/b", ""}));
  EXPECT_TRUE(list({"a/", "a/d"}));
}

// As expire does it, folder by folder, while others read.
TEST(DirectoryStore, ListsWhatIsLeftWhenFoldersAreRemovedMeanwhile) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  for (const char* name : {"x/a/1", "x/b/1", "x/b/c/1", "x/d/1"}) {
    ASSERT_TRUE(create_object(store, name, bytes_of("x")));
  }
  std::vector<std::string> names;
  const auto listed = store.list({}, [&](const ObjectEntry& entry) -> Result<> {
    names.push_back(entry.name);
    fs::remove_all(folder / "x/b");
    return {};
  });
  EXPECT_TRUE(listed) << listed.error().cause;
  EXPECT_EQ(names, (std::vector<std::string>{"x/a/1", "x/d/1"}));
}

// As when the file system is unmounted: what lay below is not gone, it is out of sight.
TEST(DirectoryStore, DoesNotTakeALostFileSystemForRemovedFolders) {
  for (const bool another_comes : {false, true}) {
    const testing::TemporaryDirectory folder;
    const fs::path root = folder / "root";
    fs::create_directory(root);
    DirectoryStore store(root);
    for (const char* name : {"x/a/1", "x/a/2", "x/b/1"}) {
      ASSERT_TRUE(create_object(store, name, bytes_of("x")));
    }
    const auto listed = store.list({}, [&](const ObjectEntry& entry) -> Result<> {
      if (entry.name != "x/a/1") return {};
      fs::rename(root, folder / "away");
      if (another_comes) fs::create_directory(root);
      return {};
    });
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().kind, ErrorKind::local_io);
  }
}

TEST(DirectoryStore, TidiesUpWhatACrashLeftBehind) {
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  ASSERT_TRUE(create_object(store, "a/first", bytes_of("x")));
  const fs::path left = folder / ("a/" + std::string(kTemporaryPrefix) + "1.abc");
  std::ofstream(left) << "half";
  fs::last_write_time(left, fs::file_time_type::clock::now() - std::chrono::hours(1));
  ASSERT_TRUE(create_object(store, "a/second", bytes_of("x")));
  EXPECT_FALSE(fs::exists(left));
}

TEST(DirectoryStore, SaysDeniedWhereItMayNotRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const testing::TemporaryDirectory folder;
  DirectoryStore store(folder.path());
  ASSERT_TRUE(create_object(store, "a/b", bytes_of("x")));
  fs::permissions(folder / "a", fs::perms::none);
  BufferSink sink(10);
  EXPECT_EQ(store.read("a/b", {}, sink).error().kind, ErrorKind::denied);
  fs::permissions(folder / "a", fs::perms::owner_all);
}

TEST(OpenStore, KnowsDirectoriesAndBuckets) {
  EXPECT_EQ(open_store("file:///srv/walden").value()->describe(), "file:///srv/walden");
  EXPECT_EQ(open_store("s3://bucket/prod", {.profile = ""}).value()->describe(),
            "s3://bucket/prod");
  for (const auto* url : {"", "/srv/walden", "file://srv/walden", "gs://bucket", "file://"}) {
    const auto store = open_store(url);
    ASSERT_FALSE(store) << url;
    EXPECT_EQ(store.error().kind, ErrorKind::configuration);
    EXPECT_THAT(store.error().cause + store.error().remedy, HasSubstr("file:///absolute/path"));
  }
}

}  // namespace
}  // namespace walden
