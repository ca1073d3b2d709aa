#include "common/archive/cluster_marker.h"

#include <gmock/gmock.h>

#include "common/archive/object_names.h"
#include "common/store/memory_store.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t kLarge = 0xFEDCBA9876543210;  // more than a double can hold

TEST(ClusterMarker, ReadsBackWhatItWrote) {
  MemoryStore store;
  ASSERT_TRUE(create_marker(store, {"orders", kLarge, "2026-11-21T03:17:02Z"}));
  const auto marker = read_marker(store, "orders");
  ASSERT_TRUE(marker) << marker.error().cause;
  EXPECT_EQ(marker->cluster, "orders");
  EXPECT_EQ(marker->system_identifier, kLarge);
  EXPECT_EQ(marker->created, "2026-11-21T03:17:02Z");
}

TEST(ClusterMarker, ThatIsMissingIsAQuestionOfConfiguration) {
  MemoryStore store;
  const auto marker = read_marker(store, "orders");
  ASSERT_FALSE(marker);
  EXPECT_EQ(marker.error().kind, ErrorKind::configuration);
  EXPECT_THAT(marker.error().cause, HasSubstr("orders/cluster.json"));
  EXPECT_THAT(marker.error().remedy, StartsWith("Mount the store"));
  EXPECT_THAT(marker.error().remedy, HasSubstr("do not run basebackup init"));
}

TEST(ClusterMarker, IsCreatedTwiceForTheSameSystemOnly) {
  MemoryStore store;
  ASSERT_TRUE(create_marker(store, {"orders", 1, "2026"}));
  EXPECT_TRUE(create_marker(store, {"orders", 1, "2027"}));
  const auto other = create_marker(store, {"orders", 2, "2027"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::exists);
  EXPECT_THAT(other.error().cause, ::testing::AllOf(HasSubstr("system 1"), HasSubstr("system 2")));
  EXPECT_EQ(read_marker(store, "orders")->created, "2026");
}

TEST(ClusterMarker, OfAnotherClusterIsRefused) {
  MemoryStore store;
  const std::string content = ClusterMarker{"billing", 1, "2026"}.to_json();
  ASSERT_TRUE(create_object(store, marker_name("orders"), bytes_of(content)));
  const auto marker = read_marker(store, "orders");
  ASSERT_FALSE(marker);
  EXPECT_EQ(marker.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(marker.error().cause, HasSubstr("billing"));
}

TEST(ClusterMarker, ThatIsDamagedIsRefused) {
  for (const auto* text :
       {"", "{", "[]", "null", "{}", R"({"format":1})", R"({"format":"1","cluster":"orders"})",
        R"({"format":1,"cluster":"orders"})",
        R"({"format":1,"cluster":"orders","system_identifier":"0"})",
        R"({"format":1,"cluster":"orders","system_identifier":"12x"})",
        R"({"format":1,"cluster":"orders","system_identifier":12})",
        R"({"format":1,"cluster":"orders","system_identifier":"99999999999999999999"})"}) {
    const auto marker = ClusterMarker::parse(text, "orders");
    ASSERT_FALSE(marker) << text;
    EXPECT_EQ(marker.error().kind, ErrorKind::corrupt) << text;
  }
}

TEST(ClusterMarker, OfANewerFormatAsksForAnUpgrade) {
  const auto marker = ClusterMarker::parse(R"({"format":2,"cluster":"orders"})", "orders");
  ASSERT_FALSE(marker);
  EXPECT_EQ(marker.error().kind, ErrorKind::configuration);
  EXPECT_THAT(marker.error().remedy, HasSubstr("Upgrade"));
}

}  // namespace
}  // namespace walden
