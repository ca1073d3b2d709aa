#include "wal-push-worker/ready_segments.h"

#include <gmock/gmock.h>

#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReadySegments : public ::testing::Test {
 protected:
  void add(const std::string& name) { testing::write_text(status() / name, ""); }
  [[nodiscard]] fs::path status() const { return folder_ / "archive_status"; }
  testing::TemporaryDirectory folder_;
};

TEST_F(ReadySegments, AreInTheArchiversOrder) {
  add("000000020000000000000001.ready");
  add("000000010000000100000000.ready");
  add("0000000100000000000000FF.ready");
  EXPECT_THAT(ready_segments(folder_.path()).value(),
              ElementsAre("0000000100000000000000FF", "000000010000000100000000",
                          "000000020000000000000001"));
}

TEST_F(ReadySegments, AreOnlyWholeSegmentsThatAreReady) {
  for (const auto* name :
       {"000000010000000000000001.done", "000000010000000000000002", "00000002.history.ready",
        "000000010000000000000003.partial.ready", "000000010000000000000004.00000028.backup.ready",
        "00000001000000000000000a.ready", "nonsense.ready", ".ready",
        "000000010000000000000005.ready.tmp"}) {
    add(name);
  }
  EXPECT_THAT(ready_segments(folder_.path()).value(), IsEmpty());
}

TEST_F(ReadySegments, AreNoneWhereNothingWaits) {
  fs::create_directory(status());
  EXPECT_THAT(ready_segments(folder_.path()).value(), IsEmpty());
}

TEST_F(ReadySegments, AreNotKnownWithoutTheirDirectory) {
  const auto ready = ready_segments(folder_.path());
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().cause, HasSubstr("archive_status"));
}

}  // namespace
}  // namespace walden
