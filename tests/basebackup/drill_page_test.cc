#include "basebackup/drill_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "basebackup/drill_timeline.h"
#include "tests/basebackup/sample_drill.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DrillPage, FetchesNothing) {
  const std::string page = drill_page(testing::sample_drill());
  for (const char* word : {"<script", "<link", "<img", "src=", "href=", "url(", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(word)));
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(DrillPage, SaysTheVerdictFirst) {
  DrillReport report = testing::sample_drill();
  EXPECT_THAT(drill_page(report), HasSubstr("<span class=\"good\">passed</span>"));
  report.steps.push_back({failing("check", "5 instead of 6", "")});
  EXPECT_THAT(drill_page(report), HasSubstr("<span class=\"bad\">FAILED</span>: 1 step"));
}

TEST(DrillPage, TakesNamesForNoMarkup) {
  DrillReport report = testing::sample_drill();
  report.databases = {{"<b>&\"'", 1, 1}};
  report.steps.push_back({failing("check", "<script>alert(1)</script>", "<i>")});
  report.server_log = {"</pre><h1>"};
  report.target = "<x>";
  report.backup->id = "\"><y>";
  const std::string page = drill_page(report);
  for (const char* markup : {"<b>&", "<script", "<i>", "</pre><h1>", "<x>", "<y>"}) {
    EXPECT_THAT(page, Not(HasSubstr(markup)));
  }
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;&#39;"));
}

TEST(DrillPage, HasPicturesThatAreWellFormed) {
  DrillReport report = testing::sample_drill();
  report.backup->id = "<&>";
  for (const auto& picture : {history_picture(report), duration_picture(report)}) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(picture.c_str())) << picture;
  }
}

TEST(DrillPage, HasNoPicturesOfWhatDidNotHappen) {
  EXPECT_EQ(history_picture(DrillReport{}), "");
  EXPECT_EQ(duration_picture(DrillReport{}), "");
  DrillReport report;
  report.steps = {{failing("plan", "no backup", "")}};
  EXPECT_THAT(drill_page(report), HasSubstr("FAILED"));
}

// Bars stay on the page, however small or large the figures are.
TEST(DrillPage, KeepsItsPicturesWithinTheirEdges) {
  DrillReport report = testing::sample_drill();
  report.rto_objective = std::chrono::seconds(1);
  report.last_commit = Instant{report.begun.microseconds + 1'000'000'000'000};
  report.rpo_objective = std::chrono::hours(24 * 365);
  for (const auto& picture : {history_picture(report), duration_picture(report)}) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(picture.c_str()));
    for (const auto& bar : document.child("svg").children("rect")) {
      EXPECT_GE(bar.attribute("x").as_double(), 20);
      EXPECT_LE(bar.attribute("x").as_double() + bar.attribute("width").as_double(), 905);
    }
  }
}

}  // namespace
}  // namespace walden
