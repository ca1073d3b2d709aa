#include "tests/scenarios/drill_scenario.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/support/server_user.h"

namespace walden::testing {

using nlohmann::json;
namespace fs = std::filesystem;

void Drill::prepare(const ClusterSetup& setup) {
  cluster_ = std::make_unique<ArchivedCluster>(setup);
  id_ = cluster_->take_backup();
  one_ = commit(cluster_->primary(), "one");
  commit(cluster_->primary(), "two");
  segment_ = cluster_->primary().archive_current_segment();
  scratch_ = cluster_->new_folder("scratch");
  set_policy("");
}

void Drill::set_policy(const std::string& toml) {
  const fs::path file = cluster_->folder() / "drill.toml";
  std::ofstream(file) << "[drill]\ndirectory = \"" << scratch_.native() << "\"\n" << toml;
  give_to_server_user(file);
  cluster_->restoring_host()["WALDEN_CONFIG"] = file;
}

std::string Drill::check_of_rows(const std::string& expect) {
  return "[[drill.check]]\nname = \"rows\"\nsql = \"select count(*) from moments\"\nexpect = \"" +
         expect + "\"\n";
}

Outcome Drill::drill(Arguments arguments) {
  arguments.insert(arguments.begin(), "drill");
  return run(cluster_->basebackup(arguments));
}

json Drill::report_of(Arguments arguments) {
  arguments.emplace_back("--json");
  outcome_ = drill(arguments);
  auto report = json::parse(outcome_.out, nullptr, false);
  if (!report.is_object()) throw std::runtime_error(outcome_.out + outcome_.err);
  return report;
}

std::vector<std::string> Drill::failed(const json& report) {
  std::vector<std::string> names;
  for (const auto& step : report.at("steps")) {
    if (step.at("verdict") == "fail") names.push_back(step.at("name"));
  }
  return names;
}

std::string Drill::text_of_step(const json& report, const std::string& name) {
  for (const auto& step : report.at("steps")) {
    if (step.at("name") == name) return step.at("text");
  }
  return "no such step";
}

void Drill::expect_failed_in_order(const json& report) {
  EXPECT_EQ(outcome_.exit_code, 1);
  EXPECT_FALSE(report.at("passed"));
  EXPECT_TRUE(fs::is_empty(scratch_));
  const auto kept = json::parse(must_succeed(cluster_->basebackup({"reports", "--json"})).out);
  ASSERT_EQ(kept.at("drills").size(), 1U);
  EXPECT_EQ(kept.at("drills")[0].at("passed"), false);
  auto names = failed(report);  // each once
  names.erase(std::ranges::unique(names).begin(), names.end());
  EXPECT_EQ(kept.at("drills")[0].at("failed"), names);
  EXPECT_TRUE(kept.at("next_due").is_null());
}

}  // namespace walden::testing
