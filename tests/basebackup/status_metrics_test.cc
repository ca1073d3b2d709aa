#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/basebackup/sample_status.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using testing::judged;
using ::testing::Not;
using testing::sample_bad_status;
using testing::sample_status;

std::string metrics() {
  ClusterStatus asked = sample_status();
  asked.server = ServerFact{.archived = 9, .failed = 1, .segments_behind = 0};
  asked.verified = ProofFact{.at = asked.now, .good = true};
  asked.space = SpaceFact{"/mnt", 5, 10};
  return status_metrics({judged(asked), judged(sample_bad_status())});
}

// The format as Prometheus' text parser reads it: HELP, TYPE, then all samples of that name.
TEST(StatusMetrics, AreValidTextOfPrometheus) {
  const std::regex head(R"(# (HELP|TYPE) (walden_[a-z_]+) (.+))");
  const std::regex sample(
      R"((walden_[a-z_]+)\{cluster="(?:[^"\\]|\\.)*"(?:,name="[a-z]+")?\} (-?[0-9]+(?:\.[0-9]+)?))");
  std::istringstream lines(metrics());
  std::string line;
  std::string current;
  std::set<std::string> families;
  std::set<std::string> series;
  std::map<std::string, std::string> types;
  while (std::getline(lines, line)) {
    std::smatch part;
    if (std::regex_match(line, part, head)) {
      if (part[1] == "HELP") {
        EXPECT_TRUE(families.insert(part[2]).second) << line << ": told twice";
      }
      if (part[1] == "TYPE") types[part[2]] = part[3];
      current = part[2];
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, part, sample)) << line;
    EXPECT_EQ(part[1], current) << "a sample outside of its family";
    EXPECT_TRUE(series.insert(line.substr(0, line.find("} "))).second) << line;
  }
  for (const auto& [name, type] : types) {
    EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
  }
  EXPECT_EQ(families.size(), types.size());
  EXPECT_GT(families.size(), 20U);
}

TEST(StatusMetrics, AreInBaseUnitsAndWithoutLabelsOfBackups) {
  const std::string text = metrics();
  EXPECT_THAT(text, HasSubstr("walden_database_bytes{cluster=\"orders\"} 412000000000\n"));
  EXPECT_THAT(text, HasSubstr("walden_objective_rpo_seconds{cluster=\"orders\"} 900\n"));
  EXPECT_THAT(text, HasSubstr("walden_judgement_severity{cluster=\"orders\",name=\"wal\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("tl1")));
}

// Rules and dashboard ask for nothing that is not there, and the page names everything.
TEST(StatusMetrics, AreThoseThatTheExamplesAndThePageName) {
  const std::filesystem::path docs = std::filesystem::path(WALDEN_SOURCE_DIR) / "docs";
  const auto names_in = [](const std::string& text) {
    const std::regex name("walden_[a-z_]+");
    return std::set<std::string>(std::sregex_token_iterator(text.begin(), text.end(), name), {});
  };
  std::set<std::string> written;
  std::istringstream lines(metrics());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) written.insert(line.substr(0, line.find('{')));
  }
  for (const char* example : {"prometheus-rules.yml", "grafana.json"}) {
    for (const auto& name : names_in(testing::read_text(docs / "examples" / example))) {
      EXPECT_TRUE(written.contains(name)) << example << ": " << name;
    }
  }
  EXPECT_EQ(names_in(testing::read_text(docs / "monitoring.md")), written);
}

TEST(StatusMetrics, EscapeWhatStandsInALabel) {
  EXPECT_THAT(metrics(), HasSubstr(R"({cluster="shop <&\">"} )"));
}

TEST(StatusMetrics, HaveNoSampleOfWhatIsNotKnown) {
  ClusterStatus status;
  status.cluster = "orders";
  status.now = testing::kStatusTime;
  status.store_error = Error{ErrorKind::transient, "nobody answers", ""};
  const std::string text = status_metrics({judged(status)});
  EXPECT_THAT(text, HasSubstr("walden_up{cluster=\"orders\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("walden_judgement_severity{cluster=\"orders\",name=\"store\"} 2\n"));
  for (const char* unknown : {"walden_backups{", "walden_newest", "walden_wal_gaps"}) {
    EXPECT_THAT(text, Not(HasSubstr(unknown)));
  }
}

}  // namespace
}  // namespace walden
