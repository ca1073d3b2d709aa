#include "basebackup/status_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/basebackup/sample_status.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::judged;
using ::testing::Not;
using testing::sample_bad_status;
using testing::sample_policy;
using testing::sample_status;

std::string page() {
  return status_page({judged(sample_status()), judged(sample_bad_status())}, sample_policy());
}

TEST(StatusPage, NeedsNothingFromOutside) {
  const std::string text = page();
  for (const char* outside : {"http:", "https:", "<script", "<link", "url(", "@import", "src="}) {
    EXPECT_THAT(text, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(text, HasSubstr("prefers-color-scheme: dark"));
}

TEST(StatusPage, ShowsNamesAsTextAndNotAsTags) {
  EXPECT_THAT(page(), HasSubstr("shop &lt;&amp;&quot;&gt;"));
  EXPECT_THAT(page(), Not(HasSubstr("shop <")));
}

TEST(StatusPage, DrawsBackupsWalHolesAndObjectives) {
  const std::string picture = status_timeline(judged(sample_bad_status()), sample_policy());
  EXPECT_THAT(picture, HasSubstr("2 segments missing: 00000001000000A10000007C to"));
  EXPECT_THAT(picture, HasSubstr("can be restored: "));
  EXPECT_THAT(picture, HasSubstr("RPO: "));
  EXPECT_THAT(picture, HasSubstr("recovery window: "));
  EXPECT_THAT(picture, HasSubstr("20261127T031702Z-tl1-A0"));
  EXPECT_THAT(picture, Not(HasSubstr("nan")));
  EXPECT_THAT(picture, Not(HasSubstr("inf")));
}

TEST(StatusPage, OfAClusterOfWhichNothingIsKnownHasNoPicture) {
  ClusterStatus status;
  status.cluster = "orders";
  status.now = testing::kStatusTime;
  status.store_error = Error{ErrorKind::transient, "nobody answers", ""};
  EXPECT_EQ(status_timeline(judged(status), sample_policy()), "");
  EXPECT_THAT(status_page({judged(status)}, sample_policy()), HasSubstr("nobody answers"));
}

TEST(StatusPage, OfSealedBackupsShowsTheirNames) {
  ClusterStatus status = sample_status();
  status.window_known = false;
  status.window_begin.reset();
  status.window_end.reset();
  for (BackupFact& backup : status.backups) {
    backup = {.id = backup.id, .started = backup.started};
  }
  const std::string text = status_page({judged(status)}, sample_policy());
  EXPECT_THAT(text, HasSubstr("sealed"));
  EXPECT_THAT(text, HasSubstr("<svg"));
}

// In a real browser, without network. WALDEN_SCREENSHOTS: a folder that keeps the pictures.
TEST(StatusPageInABrowser, IsReadableInLightAndDark) {
  const std::string chromium = "/usr/bin/chromium";
  if (!std::filesystem::exists(chromium)) GTEST_SKIP() << "chromium is not installed";
  const testing::TemporaryDirectory own;
  const char* kept = std::getenv("WALDEN_SCREENSHOTS");
  const std::filesystem::path folder = kept == nullptr ? own.path() : std::filesystem::path(kept);
  testing::write_text(folder / "status.html", page());
  std::vector<std::uintmax_t> sizes;
  for (const auto& [name, scheme] : {std::pair{"light", "1"}, std::pair{"dark", "0"}}) {
    const auto picture = folder / (std::string(name) + ".png");
    const auto outcome = testing::run(
        {.argv = {chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                  "--window-size=1100,1900", "--user-data-dir=" + (own / name).string(),
                  std::string("--blink-settings=preferredColorScheme=") + scheme,
                  "--proxy-server=127.0.0.1:9", "--screenshot=" + picture.string(),
                  "file://" + (folder / "status.html").string()},
         .timeout = std::chrono::seconds(60)});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string content = testing::read_text(picture);
    ASSERT_TRUE(content.starts_with("\x89PNG")) << name;
    EXPECT_GT(content.size(), 20'000U) << name << ": an empty page";
    sizes.push_back(std::hash<std::string>{}(content));
  }
  EXPECT_NE(sizes[0], sizes[1]) << "dark looks like light";
}

}  // namespace
}  // namespace walden
