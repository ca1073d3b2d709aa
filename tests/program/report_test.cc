#include "common/program/report.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "common/bytes/file_descriptor.h"

namespace walden {
namespace {

// Each write(2) to standard error is a packet of its own, so that their number can be seen.
std::vector<std::string> packets_of(const std::function<void()>& action) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()), 0);
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const FileDescriptor before(::dup(STDERR_FILENO));
  ::dup2(writer.get(), STDERR_FILENO);
  action();
  ::dup2(before.get(), STDERR_FILENO);
  writer.reset();
  std::vector<std::string> packets;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(reader.get(), buffer.data(), buffer.size())) > 0;) {
    packets.emplace_back(buffer.data(), static_cast<std::size_t>(n));
  }
  return packets;
}

TEST(Report, IsCauseEffectAndRemedyInOneWrite) {
  const auto packets = packets_of([] {
    report("wal-push", {ErrorKind::denied, "cannot store 0001: denied", "Check the rights."},
           "PostgreSQL keeps the segment.");
  });
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0],
            "wal-push: cannot store 0001: denied\n"
            "  PostgreSQL keeps the segment.\n"
            "  Check the rights.\n");
}

TEST(Report, LeavesOutWhatIsEmpty) {
  const auto packets = packets_of([] { report("wal-fetch", {ErrorKind::transient, "no", ""}); });
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0], "wal-fetch: no\n");
}

TEST(Report, LetsNoTextFromOutsideForgeALineOrSteerATerminal) {
  const auto packets = packets_of([] {
    report("basebackup", {ErrorKind::transient, "the server says:\nFATAL\x1b[2J\n", "a\nb"});
    say("basebackup", "one\rtwo");
  });
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[0], "basebackup: the server says: FATAL [2J\n  a b\n");
  EXPECT_EQ(packets[1], "basebackup: one two\n");
}

}  // namespace
}  // namespace walden
