// The page as a reader sees it: in a browser, without network, in light and in dark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "basebackup/drill_page.h"
#include "tests/basebackup/sample_drill.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string browser() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (fs::exists(fs::path(folder) / "chromium")) return fs::path(folder) / "chromium";
  }
  return {};
}

class DrillPageInChromium : public ::testing::Test {
 protected:
  void SetUp() override {
    if (browser().empty()) {
      GTEST_SKIP() << "no chromium here: scripts/install-dependencies browser";
    }
    std::ofstream(folder_ / "page.html") << drill_page(testing::sample_drill());
  }
  testing::Outcome open(const std::vector<std::string>& options) {
    testing::Command command{
        .argv = {browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND",
                 "--user-data-dir=" + (folder_ / "profile").string(), "--window-size=1000,1400"},
        .environment = {{"HOME", folder_.path()}}};
    command.argv.insert(command.argv.end(), options.begin(), options.end());
    command.argv.push_back("file://" + (folder_ / "page.html").string());
    return testing::run(command);
  }
  // 0: dark, 1: light. WALDEN_TEST_PICTURES names a folder where the pictures are kept to look at.
  std::string picture(int scheme) {
    const char* const kept = std::getenv("WALDEN_TEST_PICTURES");
    const fs::path file = fs::path(kept == nullptr ? folder_.path() : fs::path(kept)) /
                          ("drill-" + std::to_string(scheme) + ".png");
    const auto outcome = open({"--blink-settings=preferredColorScheme=" + std::to_string(scheme),
                               "--screenshot=" + file.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return fs::exists(file) ? testing::read_text(file) : "";
  }

  testing::TemporaryDirectory folder_;
};

TEST_F(DrillPageInChromium, HasALightAndADarkFace) {
  const std::string dark = picture(0);
  const std::string light = picture(1);
  EXPECT_GT(dark.size(), 20'000U);  // an empty page has a few thousand bytes
  EXPECT_GT(light.size(), 20'000U);
  EXPECT_NE(dark, light);
}

TEST_F(DrillPageInChromium, IsReadToItsEnd) {
  const auto outcome = open({"--dump-dom"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("What was read"));
  EXPECT_THAT(outcome.out, HasSubstr("open for writing"));
}

}  // namespace
}  // namespace walden
