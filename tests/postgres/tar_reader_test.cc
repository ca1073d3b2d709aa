#include "common/postgres/tar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/postgres/tar_stream.h"

namespace walden {
namespace {

using namespace walden::testing;  // NOLINT: the helpers of this folder
using ::testing::ElementsAre;

class Listing final : public TarVisitor {
 public:
  std::vector<std::string> seen;
  std::vector<TarMember> members;

  Result<> begin_member(const TarMember& member) override {
    members.push_back(member);
    content_.clear();
    return {};
  }
  Result<> content(ByteView bytes) override {
    content_.append(text_of(bytes));
    return {};
  }
  Result<> end_member() override {
    seen.push_back(members.back().path + "=" + content_);
    return {};
  }

 private:
  std::string content_;
};

Result<> read(std::string_view stream, Listing& listing, std::size_t piece = 100'000) {
  TarReader reader(listing);
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    TRY(reader.write(bytes_of(stream.substr(0, piece))));
  }
  return reader.finish();
}

bool refuses(const std::string& stream) {
  Listing listing;
  const auto result = read(stream, listing);
  return !result && result.error().kind == ErrorKind::corrupt;
}

std::string three_members() {
  return tar_member({.path = "backup_label", .content = "START"}) +
         tar_member({.path = "pg_wal/", .type = '5', .mode = 0700}) +
         tar_member({.path = "base/1/2", .content = std::string(700, 'x')});
}

TEST(TarReader, ReadsBothEndings) {
  for (const std::string& end : {std::string(), kTarEnd, kTarEnd + kTarEnd}) {
    Listing listing;
    const auto result = read(three_members() + end, listing);
    ASSERT_TRUE(result) << result.error().cause;
    EXPECT_THAT(listing.seen,
                ElementsAre("backup_label=START", "pg_wal=", "base/1/2=" + std::string(700, 'x')));
    EXPECT_EQ(listing.members[1].kind, TarMember::Kind::directory);
    EXPECT_EQ(listing.members[1].mode, 0700U);
    EXPECT_EQ(listing.members[2].size, 700U);
    EXPECT_EQ(listing.members[2].modified, 1'700'000'000);
  }
}

TEST(TarReader, DoesNotDependOnThePieces) {
  const std::string stream = three_members() + kTarEnd;
  Listing whole;
  ASSERT_TRUE(read(stream, whole));
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Listing listing;
    TarReader reader(listing);
    ASSERT_TRUE(reader.write(bytes_of(stream).first(cut))) << cut;
    ASSERT_TRUE(reader.write(bytes_of(stream).subspan(cut))) << cut;
    ASSERT_TRUE(reader.finish()) << cut;
    ASSERT_EQ(listing.seen, whole.seen) << cut;
  }
  Listing bytewise;
  ASSERT_TRUE(read(stream, bytewise, 1));
  EXPECT_EQ(bytewise.seen, whole.seen);
}

TEST(TarReader, RefusesEveryEndThatIsNotBetweenMembers) {
  const std::string stream = three_members() + kTarEnd;
  for (std::size_t size = 0; size < stream.size(); ++size) {
    Listing listing;
    const bool between = size == 0 || size == 1024 || size == 1536 || size == 3072;
    EXPECT_EQ(read(stream.substr(0, size), listing).has_value(), between) << size;
  }
}

TEST(TarReader, RefusesMembersBehindTheEnd) {
  const std::string member = tar_member({.path = "late"});
  EXPECT_TRUE(refuses(three_members() + kTarEnd + member));
  EXPECT_TRUE(refuses(three_members() + std::string(512, '\0') + member));
}

TEST(TarReader, TakesTheDotsAndSlashesThatPostgresWrites) {
  Listing listing;
  ASSERT_TRUE(read(tar_member({.path = "./pg_wal/archive_status/", .type = '5'}) +
                       tar_member({.path = "a..b/.hidden"}),
                   listing));
  EXPECT_THAT(listing.seen, ElementsAre("pg_wal/archive_status=", "a..b/.hidden="));
}

TEST(TarReader, RefusesPathsThatLeadElsewhere) {
  for (const char* path : {"", ".", "./", "/", "/etc/passwd", "..", "../x", "a/../x", "a/..",
                           "./../x", "a//x", "a/./x", ".//x", "//x", "a//"}) {
    EXPECT_TRUE(refuses(tar_member({.path = path}))) << path;
    EXPECT_TRUE(refuses(tar_member({.path = path, .type = '5'}))) << path;
  }
  EXPECT_TRUE(refuses(tar_member({.path = std::string("a\0b", 3)})));
  EXPECT_TRUE(refuses(tar_member({.path = std::string(100, 'a')}))) << "no end of the name";
  EXPECT_FALSE(refuses(tar_member({.path = std::string(99, 'a')})));
}

// A header changed in one place, its checksum made right again.
std::string with_header(const std::function<void(std::string&)>& change) {
  std::string block = tar_header({.path = "a"});
  change(block);
  put_checksum(block);
  return block;
}

TEST(TarReader, RefusesOtherFormats) {
  EXPECT_FALSE(refuses(with_header([](std::string& /*block*/) {})));
  EXPECT_TRUE(refuses(with_header([](std::string& block) { block[257] = 'U'; })));
  EXPECT_TRUE(refuses(with_header([](std::string& block) { put(block, 345, "prefix"); })));
  for (const char type : {'1', '3', '4', '6', '7', 'x', 'g', 'L', 'K'}) {
    EXPECT_TRUE(refuses(with_header([&](std::string& block) { block[156] = type; }))) << type;
  }
}

TEST(TarReader, RefusesNumbersThatAreNone) {
  for (const std::string& size :
       {std::string("            "), std::string("0000000000x "), std::string("00000000008 "),
        std::string(12, '\0'), std::string("-0000000001 "), "\xFF" + std::string(11, '\xFF'),
        "\x80" + std::string(11, '\xFF'),
        std::string("\x80\x00\x00\x01", 4) + std::string(8, '\0')}) {
    EXPECT_TRUE(refuses(with_header([&](std::string& block) { put(block, 124, size); })));
  }
}

TEST(TarReader, ReadsSizesAbove8GB) {
  Listing listing;
  TarReader reader(listing);
  const std::string header = with_header([](std::string& block) {
    put(block, 124, std::string("\x80\0\0\0\0\0\0\x02\x40\0\0\x01", 12));
  });
  ASSERT_TRUE(reader.write(bytes_of(header)));
  ASSERT_EQ(listing.members.size(), 1U);
  EXPECT_EQ(listing.members[0].size, (std::uint64_t{9} << 30U) + 1);
  EXPECT_FALSE(reader.finish()) << "its content has not come";
}

TEST(TarReader, RefusesEveryChangedByteOfAHeader) {
  const std::string whole = tar_member({.path = "a", .content = "b"});
  for (std::size_t byte = 0; byte < 512; ++byte) {
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    // The sum's own last two bytes are filling.
    if (byte == 154 || byte == 155) continue;
    EXPECT_TRUE(refuses(damaged)) << byte;
  }
}

TEST(TarReader, RefusesContentOfADirectory) {
  EXPECT_TRUE(refuses(tar_member({.path = "d/", .type = '5', .content = "x"})));
}

TEST(TarReader, ReadsWhereASymbolicLinkLeads) {
  Listing listing;
  ASSERT_TRUE(read(tar_member({.path = "pg_tblspc/1", .type = '2', .target = "/mnt/x"}), listing));
  EXPECT_EQ(listing.members[0].kind, TarMember::Kind::symlink);
  EXPECT_EQ(listing.members[0].target, "/mnt/x");
}

TEST(TarReader, PassesTheVisitorsErrorOn) {
  class Full final : public TarVisitor {
   public:
    Result<> begin_member(const TarMember& /*member*/) override { return {}; }
    Result<> content(ByteView /*bytes*/) override { return fail(ErrorKind::local_io, "full"); }
    Result<> end_member() override { return {}; }
  } full;
  TarReader reader(full);
  EXPECT_EQ(reader.write(bytes_of(three_members())).error().cause, "full");
}

}  // namespace
}  // namespace walden
