// An archive in memory with its marker, and what tests put into it.
#pragma once

#include <gtest/gtest.h>

#include "common/archive/cluster_marker.h"
#include "common/archive/wal_archive.h"
#include "common/store/memory_store.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {

inline constexpr std::uint64_t kSystem = testing::SegmentSpec{}.system_identifier;
inline constexpr std::uint32_t kMegabyte = 1U << 20U;

class MemoryArchive : public ::testing::Test {
 protected:
  MemoryArchive() { EXPECT_TRUE(create_marker(store, {"orders", kSystem, "2026-11-21"})); }

  // An object under the name, whose content no test looks at.
  void put(Timeline timeline, std::uint64_t number, std::uint32_t segment_size) {
    put(segment_name(timeline, SegmentNumber{number}, segment_size));
  }
  void put(const WalName& name) {
    EXPECT_TRUE(create_object(store, archive.names().wal(name), bytes_of("x")));
  }
  static WalName name(std::string_view text) { return WalName::parse(text).value(); }

  testing::TemporaryDirectory folder;
  MemoryStore store;
  WalArchive archive{store, ObjectNames("orders", kSystem)};
};

}  // namespace walden
