#include "basebackup/moved_tablespaces.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

TEST(MovedTablespaces, ChangeTheirOwnLineOfTheMapOnly) {
  EXPECT_EQ(moved_tablespace_map("16411 /mnt/a\n16412 /mnt/b\n", {{16412, "/srv/new b"}}),
            "16411 /mnt/a\n16412 /srv/new b\n");
}

TEST(MovedTablespaces, UnderstandLineBreaksInPaths) {
  EXPECT_EQ(moved_tablespace_map("16411 /mnt/a\\\n16412 b\n16412 /mnt/b\n", {{16412, "/c\\d"}}),
            "16411 /mnt/a\\\n16412 b\n16412 /c\\\\d\n");
}

}  // namespace
}  // namespace walden
