#include "common/bytes/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace walden::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path file_of(std::size_t size) const {
    std::ofstream(path) << std::string(size, 'x');
    return path;
  }

  TemporaryDirectory folder;
  fs::path path = folder / "file";
};

TEST_F(Files, AreReadWholeUpToTheLimit) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    EXPECT_EQ(read_file(file_of(size), 1000).value().size(), size);
  }
  const auto larger = read_file(file_of(1001), 1000);
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(larger.error().cause, HasSubstr(path.string()));
  constexpr std::size_t kPieces = (std::size_t{2} << 20U) + 7;
  EXPECT_EQ(read_file(file_of(kPieces), kPieces).value().size(), kPieces);
}

TEST_F(Files, AreCopiedInPieces) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1} << 20U, (std::size_t{3} << 20U) + 5}) {
    BufferSink sink(size);
    EXPECT_EQ(copy_file_to(file_of(size), sink).value(), size);
    EXPECT_EQ(sink.buffer().size(), size);
  }
}

TEST_F(Files, AreWrittenAtAnOffset) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_TRUE(write_all(file.get(), bytes_of("0123456789"), path));
  ASSERT_TRUE(write_all_at(file.get(), bytes_of("AB"), 4, path));
  EXPECT_EQ(text_of(read_file(path, 100).value()), "0123AB6789");
}

TEST_F(Files, NameThePathInEveryFailure) {
  const fs::path full = "/dev/full";
  const FileDescriptor device(::open(full.c_str(), O_RDWR));
  ASSERT_TRUE(device);
  for (const auto& written :
       {write_all(device.get(), bytes_of("x"), full), write_all(-1, bytes_of("x"), full),
        sync_file(-1, full), write_all_at(-1, bytes_of("x"), 0, full)}) {
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::local_io);
    EXPECT_THAT(written.error().cause, HasSubstr("/dev/full"));
  }
  EXPECT_THAT(write_all(device.get(), bytes_of("x"), full).error().remedy, HasSubstr("df -h"));
  EXPECT_THAT(open_for_reading(path).error().cause, HasSubstr(path.string()));
  EXPECT_THAT(sync_directory(path).error().cause, HasSubstr(path.string()));
  EXPECT_THAT(read_file(folder.path(), 10).error().cause, HasSubstr(folder.path().string()));
}

// A pipe cannot be synced: the kernel's refusal must come through, not be taken for success.
TEST_F(Files, ReportAnFsyncThatTheKernelRefuses) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileDescriptor reading(ends[0]);
  const FileDescriptor writing(ends[1]);
  const auto synced = sync_file(writing.get(), "pipe");
  ASSERT_FALSE(synced);
  EXPECT_THAT(synced.error().cause, AllOf(HasSubstr("fsync"), HasSubstr("pipe")));
}

TEST_F(Files, HaveTheirDirectoriesMadeBelowAnExistingRoot) {
  const fs::path deep = folder / "a" / "b" / "c";
  EXPECT_TRUE(create_directories_durably(folder.path(), deep));
  EXPECT_TRUE(create_directories_durably(folder.path(), deep));
  EXPECT_TRUE(fs::is_directory(deep));
  EXPECT_TRUE(create_directories_durably(folder.path(), folder.path()));
  EXPECT_FALSE(create_directories_durably(folder / "missing", folder / "missing" / "x"));
  EXPECT_FALSE(fs::exists(folder / "missing"));
}

TEST(FileDescriptor, ClosesWhatItOwnsAndOnlyOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  FileDescriptor moved = std::move(writing);
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), 0);
  moved.reset();
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1);
  const int released = reading.release();
  reading.reset();
  EXPECT_EQ(::fcntl(released, F_GETFD), 0);
  ::close(released);
}

}  // namespace
}  // namespace walden::testing
