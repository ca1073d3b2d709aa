#include "common/archive/wal_archive.h"

#include <gmock/gmock.h>

#include "tests/archive/memory_archive.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::segment_content;
using testing::segment_file_name;
using testing::SegmentSpec;
using Pushed = WalArchive::Pushed;

// 1 MB segments, which are as good as larger ones.
SegmentSpec small(std::uint64_t number = 1) {
  return {.number = number, .size = kMegabyte};
}

// A store whose objects appear after it has been looked at once: a file system being mounted.
class AppearingStore final : public Store {
 public:
  explicit AppearingStore(Store& real) : real_(real) {}
  [[nodiscard]] std::string describe() const override { return real_.describe(); }
  Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    return real_.create(name);
  }
  Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    if (!std::exchange(mounted_, true)) return fail(ErrorKind::absent, "not mounted yet");
    return real_.read(name, range, sink);
  }
  Result<ObjectEntry> stat(std::string_view name) override {
    if (!std::exchange(mounted_, true)) return fail(ErrorKind::absent, "not mounted yet");
    return real_.stat(name);
  }
  Result<> list(const ListRequest& request, const Visitor& visit) override {
    return real_.list(request, visit);
  }

 private:
  Store& real_;
  bool mounted_ = false;
};

class WalArchiveTest : public MemoryArchive {
 protected:
  Result<Pushed> push(const SegmentSpec& spec, const std::string& as = {}) {
    const auto path = testing::write_segment(folder.path(), spec);
    return archive.push(path, name(as.empty() ? segment_file_name(spec) : as), Sealing{});
  }
  Result<std::string> fetch(std::string_view wal_name, WalArchive& from) {
    BufferSink sink(64U << 20U);
    TRY(from.fetch(name(wal_name), Opening{}, sink));
    return std::string(text_of(sink.buffer()));
  }
  Result<std::string> fetch(std::string_view wal_name) { return fetch(wal_name, archive); }
  Buffer& object(std::string_view wal_name) {
    return *store.content_of(archive.names().wal(name(wal_name)));
  }
};

TEST_F(WalArchiveTest, GivesBackWhatWasPushed) {
  EXPECT_EQ(push(small()).value(), Pushed::stored);
  const auto fetched = fetch(segment_file_name(small()));
  ASSERT_TRUE(fetched) << fetched.error().cause;
  EXPECT_TRUE(*fetched == segment_content(small()));
}

TEST_F(WalArchiveTest, KnowsTheSameContentAgain) {
  ASSERT_TRUE(push(small()));
  EXPECT_EQ(push(small()).value(), Pushed::already);
}

TEST_F(WalArchiveTest, RefusesOtherContentNamingBoth) {
  ASSERT_TRUE(push(small()));
  SegmentSpec other = small();
  other.fill = 1;
  const auto pushed = push(other);
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind, ErrorKind::exists);
  EXPECT_THAT(pushed.error().cause,
              ::testing::ContainsRegex("there [0-9a-f]{16}, here [0-9a-f]{16}"));
}

TEST_F(WalArchiveTest, TellsADamagedObjectFromOtherContent) {
  ASSERT_TRUE(push(small()));
  Buffer& stored = object(segment_file_name(small()));
  stored[stored.size() / 2] ^= 1;
  const auto pushed = push(small());
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(pushed.error().remedy, HasSubstr("move the damaged object away"));
}

TEST_F(WalArchiveTest, HandsOverNoSegmentWhoseHeaderIsNotItsName) {
  ASSERT_TRUE(push(small(2), "000000010000000000000001"));
  const auto fetched = fetch("000000010000000000000001");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, ErrorKind::corrupt);
}

TEST_F(WalArchiveTest, HandsOverNoSegmentOfAnotherSystem) {
  SegmentSpec other = small();
  other.system_identifier = 4711;
  ASSERT_TRUE(push(other));
  const auto fetched = fetch(segment_file_name(other));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(fetched.error().cause, HasSubstr("4711"));
}

TEST_F(WalArchiveTest, SaysAbsentWhereTheMarkerIs) {
  EXPECT_EQ(fetch("00000002.history").error().kind, ErrorKind::absent);
  EXPECT_EQ(archive.has(name("00000002.history")), false);
}

TEST_F(WalArchiveTest, SaysNothingOfAbsenceWithoutTheMarker) {
  store.erase(marker_name("orders"));
  EXPECT_EQ(fetch("00000002.history").error().kind, ErrorKind::configuration);
  EXPECT_EQ(archive.has(name("00000002.history")).error().kind, ErrorKind::configuration);
}

TEST_F(WalArchiveTest, SaysNothingOfAbsenceInTheArchiveOfAnotherSystem) {
  constexpr std::uint64_t kOtherSystem = 4711;
  WalArchive other(store, ObjectNames("orders", kOtherSystem));
  const auto fetched = fetch("00000002.history", other);
  EXPECT_EQ(fetched.error().kind, ErrorKind::configuration);
  EXPECT_THAT(fetched.error().cause, HasSubstr("4711"));

  // Once the archive holds something of that system, it is the right place to ask.
  ASSERT_TRUE(create_object(store, "orders/4711/wal/00000003.history", bytes_of("x")));
  EXPECT_EQ(fetch("00000002.history", other).error().kind, ErrorKind::absent);
}

TEST_F(WalArchiveTest, IsNotFooledByAStoreThatAppearsBetweenTwoLooks) {
  ASSERT_TRUE(push(small()));
  const std::string segment = segment_file_name(small());
  AppearingStore appearing(store);
  WalArchive late(appearing, archive.names());
  EXPECT_EQ(fetch(segment, late).error().kind, ErrorKind::transient);
  EXPECT_TRUE(fetch(segment, late));
  AppearingStore again(store);
  EXPECT_EQ(WalArchive(again, archive.names()).has(name(segment)).error().kind,
            ErrorKind::transient);
}

TEST_F(WalArchiveTest, TakesAHistoryThatIsNoFileAsItTakesFiles) {
  const std::string content = "1\t0/C000028\tno recovery target specified\n";
  EXPECT_EQ(archive.push_history(2, bytes_of(content), Sealing{}).value(), Pushed::stored);
  EXPECT_EQ(fetch("00000002.history").value(), content);
  testing::write_text(folder / "h", content);
  EXPECT_EQ(archive.push(folder / "h", name("00000002.history"), Sealing{}).value(),
            Pushed::already);
  const auto other = archive.push_history(2, bytes_of("1\t0/D000028\tother\n"), Sealing{});
  EXPECT_EQ(other.error().kind, ErrorKind::exists);
}

TEST_F(WalArchiveTest, RefusesAHistoryThatIsNone) {
  const auto pushed = archive.push_history(2, bytes_of("no history\n"), Sealing{});
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(pushed.error().cause, HasSubstr("00000002.history"));
  EXPECT_EQ(archive.has(name("00000002.history")), false);
}

TEST_F(WalArchiveTest, ReadsATimelinesHistory) {
  testing::write_text(folder / "h", "1\t0/C000028\tno recovery target specified\n");
  ASSERT_TRUE(archive.push(folder / "h", name("00000002.history"), Sealing{}));
  const auto history = archive.history(2, Opening{});
  ASSERT_TRUE(history) << history.error().cause;
  EXPECT_EQ(history->parts().size(), 2U);
  EXPECT_EQ(archive.history(3, Opening{}).error().kind, ErrorKind::absent);
  EXPECT_EQ(archive.history(1, Opening{})->parts().size(), 1U);
}

TEST_F(WalArchiveTest, NamesTheHistoryThatDoesNotParse) {
  testing::write_text(folder / "h", "garbage\n");
  ASSERT_TRUE(archive.push(folder / "h", name("00000002.history"), Sealing{}));
  const auto history = archive.history(2, Opening{});
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(history.error().cause, HasSubstr("00000002.history"));
}

TEST_F(WalArchiveTest, RefusesAFileThatChangesWhileItIsRead) {
  // A file of /proc has no size and yet content, as one that grows has more than it had.
  const auto pushed = archive.push("/proc/self/status", name("00000002.history"), Sealing{});
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind, ErrorKind::transient);
  EXPECT_THAT(pushed.error().cause, HasSubstr("changed while it was being read"));
  EXPECT_EQ(archive.has(name("00000002.history")), false);
}

}  // namespace
}  // namespace walden
