#include "common/program/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    speak_plainly(app_);
    app_.require_subcommand(1);
    app_.add_subcommand("push", "Push")->add_option("--rate", rate_, "How fast");
    app_.add_subcommand("list", "List")->group("Others");
  }

  // What goes to standard error.
  std::string said(const std::string& line) {
    try {
      app_.parse(line);
    } catch (const CLI::ParseError& error) {
      std::ostringstream out;
      std::ostringstream err;
      (void)app_.exit(error, out, err);
      return err.str();
    }
    return "nothing";
  }

  int rate_ = 0;
  CLI::App app_{"A program.", "basebackup"};
};

TEST_F(CommandLine, NamesACommandThatIsNone) {
  EXPECT_EQ(said("lst"),
            "basebackup: there is no command \"lst\"\n  The commands are: push, list\n");
}

TEST_F(CommandLine, NamesTheCommandsWhereNoneIsGiven) {
  EXPECT_EQ(said(""), "basebackup: no command is given\n  The commands are: push, list\n");
}

TEST_F(CommandLine, SaysWhatIsWrongWithACommandsOptionAndWhereItsHelpIs) {
  const auto text = said("push --rta 5");
  EXPECT_THAT(text, StartsWith("basebackup: the following argument"));
  EXPECT_THAT(text, HasSubstr("--rta"));
  EXPECT_THAT(text, HasSubstr("\n  See: basebackup push --help\n"));
  EXPECT_THAT(said("push --rate much"), StartsWith("basebackup: "));
}

TEST_F(CommandLine, HelpHasNoHoles) {
  EXPECT_THAT(app_.help(), HasSubstr("push"));
  EXPECT_THAT(app_.help(), Not(HasSubstr("\n\n\n")));
}

TEST_F(CommandLine, HelpFitsIn100Columns) {
  std::string description = "begin";
  while (description.size() < 300) description += " and-so-on";
  description += " [WALDEN_END]";
  std::string value;
  app_.add_option("--long", value, description);
  const std::string help = app_.help();
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_THAT(help, HasSubstr("[WALDEN_END]\n"));
  EXPECT_THAT(help, HasSubstr("\n" + std::string(30, ' ') + "and-so-on"));
}

TEST_F(CommandLine, LeavesTheNameOfAnArgumentAsItIs) {
  std::string file;
  app_.add_subcommand("keygen", "Make")->add_option("FILE", file, "Where")->required();
  EXPECT_THAT(said("keygen"), StartsWith("basebackup: FILE is required\n"));
}

}  // namespace
}  // namespace walden
