#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>

#include "common/bytes/file_descriptor.h"
#include "common/program/progress.h"
#include "tests/support/environment.h"

namespace walden {
namespace {

class Terminal : public ::testing::Test {
 protected:
  void SetUp() override {
    int master = -1;
    int slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    master_ = FileDescriptor(master);
    slave_ = FileDescriptor(slave);
    environment_.set("TERM", "xterm-256color");
    environment_.set("NO_COLOR", std::nullopt);
  }

  FileDescriptor master_;
  FileDescriptor slave_;
  testing::Environment environment_;
};

TEST_F(Terminal, HasColours) {
  EXPECT_TRUE(colours_wanted(slave_.get()));
}

TEST_F(Terminal, HasNoColoursForThoseWhoRefuseThem) {
  environment_.set("NO_COLOR", "1");
  EXPECT_FALSE(colours_wanted(slave_.get()));
  environment_.set("NO_COLOR", "");
  EXPECT_TRUE(colours_wanted(slave_.get()));
}

TEST_F(Terminal, HasNoColoursWhenItIsDumb) {
  environment_.set("TERM", "dumb");
  EXPECT_FALSE(colours_wanted(slave_.get()));
  environment_.set("TERM", std::nullopt);
  EXPECT_FALSE(colours_wanted(slave_.get()));
}

}  // namespace
}  // namespace walden
