#include "basebackup/check_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace walden {
namespace {

Facts some_facts() {
  return {good("store", "answers in 3 ms"),
          warning("versioning", "off: a deleted object is gone", "turn it on"),
          failing("replication", "role backup lacks REPLICATION", "ALTER ROLE backup REPLICATION;"),
          not_asked("archiver", "archive_mode is off")};
}

TEST(CheckReport, HasALineForEachFactAndTheirSum) {
  EXPECT_EQ(check_text(some_facts(), false),
            "ok    store        answers in 3 ms\n"
            "warn  versioning   off: a deleted object is gone  → turn it on\n"
            "FAIL  replication  role backup lacks REPLICATION  → ALTER ROLE backup REPLICATION;\n"
            "-     archiver     not asked: archive_mode is off\n"
            "1 failure, 1 warning, 1 not asked\n");
}

TEST(CheckReport, PutsARemedyBelowWhereTheLineWouldBecomeTooLong) {
  const std::string text(60, 'x');
  const std::string fits(23, 'y');  // 6 + 4 + 2 + 60 + 2 + 2 + 23 = 99
  EXPECT_EQ(check_text({failing("name", text, fits + "y")}, false),
            "FAIL  name  " + text + "  → " + fits + "y\n1 failure, 0 warnings\n");
  EXPECT_EQ(check_text({failing("name", text, fits + "yy")}, false),
            "FAIL  name  " + text + "\n      → " + fits + "yy\n1 failure, 0 warnings\n");
}

TEST(CheckReport, BreaksLongSentencesAtSpaces) {
  const std::string word(40, 'x');
  const std::string sentence = word + " " + word + " " + word;
  EXPECT_EQ(check_text({failing("name", sentence, sentence)}, false),
            "FAIL  name  " + word + " " + word + "\n            " + word + "\n      → " + word +
                " " + word + "\n        " + word + "\n1 failure, 0 warnings\n");
}

TEST(CheckReport, SaysThatAllIsWell) {
  EXPECT_EQ(check_text({good("a", "b")}, false), "ok    a  b\nall is well\n");
}

TEST(CheckReport, LetsNobodyForgeALine) {
  EXPECT_EQ(check_text({good("a", "b\nok    c\x1b[1m")}, false),
            "ok    a  b ok    c [1m\nall is well\n");
}

TEST(CheckReport, PaintsOnlyWhatIsNotGood) {
  const std::string text = check_text(some_facts(), true);
  EXPECT_EQ(text.find("\x1b[33mwarn\x1b[0m"), text.find("\x1b"));
  EXPECT_NE(text.find("\x1b[1;31mFAIL\x1b[0m  replication"), std::string::npos);
}

TEST(CheckReport, TellsProgramsTheSame) {
  const auto json = check_json({"orders", "file:///mnt"}, some_facts());
  EXPECT_EQ(json.at("good"), false);
  EXPECT_EQ(json.at("failures"), 1);
  EXPECT_EQ(json.at("warnings"), 1);
  EXPECT_EQ(json.at("not_asked"), 1);
  ASSERT_EQ(json.at("facts").size(), 4U);
  EXPECT_EQ(json.at("facts")[2].at("verdict"), "fail");
  EXPECT_EQ(json.at("facts")[2].at("remedy"), "ALTER ROLE backup REPLICATION;");
  EXPECT_TRUE(json.at("facts")[0].at("remedy").is_null());
}

}  // namespace
}  // namespace walden
