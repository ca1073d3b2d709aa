#include "common/store/shell_words.h"

#include <gmock/gmock.h>

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) {
  auto split = split_shell_words(text);
  EXPECT_TRUE(split) << text;
  return split ? *split : std::vector<std::string>{"(refused)"};
}

TEST(ShellWords, DividesAtBlanks) {
  EXPECT_THAT(words("  aws-vault\texec  backup --json "),
              ElementsAre("aws-vault", "exec", "backup", "--json"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" \t"), IsEmpty());
}

TEST(ShellWords, TakesQuotesAsAShellDoes) {
  EXPECT_THAT(words(R"("/opt/my tools/get" 'a "b" \c' x"y z"w '')"),
              ElementsAre("/opt/my tools/get", R"(a "b" \c)", "xy zw", ""));
  EXPECT_THAT(words(R"("a\"b\\c\d" e\ f \\)"), ElementsAre(R"(a"b\c\d)", "e f", "\\"));
}

TEST(ShellWords, ExpandsNothing) {
  EXPECT_THAT(words("echo $HOME ~ * `id` ; x"),
              ElementsAre("echo", "$HOME", "~", "*", "`id`", ";", "x"));
}

TEST(ShellWords, RefusesAQuotationThatDoesNotEndWithoutRepeatingIt) {
  for (const char* text : {"get 'secret", "get \"secret", "get \"secret'", "secret\\"}) {
    const auto split = split_shell_words(text);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().kind, ErrorKind::configuration);
    EXPECT_FALSE(split.error().cause.contains("secret"));
  }
}

}  // namespace
}  // namespace walden
