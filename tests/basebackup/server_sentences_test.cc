#include "basebackup/server_sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::ElementsAre;

TEST(ServerSentences, AreLeftAsTheyAreWhenTheyAreFewAndShort) {
  EXPECT_THAT(bounded_sentences({}), ElementsAre());
  EXPECT_THAT(bounded_sentences({"one", std::string(300, 'x')}),
              ElementsAre("one", std::string(300, 'x')));
  EXPECT_EQ(bounded_sentences(std::vector<std::string>(20, "one")).size(), 20U);
}

TEST(ServerSentences, AreCountedAfterTheTwentieth) {
  const auto bounded = bounded_sentences(std::vector<std::string>(1020, "one"));
  ASSERT_EQ(bounded.size(), 21U);
  EXPECT_EQ(bounded[19], "one");
  EXPECT_EQ(bounded[20], "and 1,000 more");
}

TEST(ServerSentences, AreCutBetweenCharacters) {
  const std::string head(299, 'x');
  EXPECT_THAT(bounded_sentences({head + "xx", head + "\xc3\xa4", head + "\xe2\x82\xac tail"}),
              ElementsAre(head + "x", head, head));
}

}  // namespace
}  // namespace walden
