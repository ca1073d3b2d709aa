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

}  // namespace
}  // namespace walden
