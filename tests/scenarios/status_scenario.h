// A cluster whose archive `basebackup status` looks at from the primary.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/scenarios/archived_cluster.h"

namespace walden::testing {

inline constexpr int kOk = 0;
inline constexpr int kWarning = 1;
inline constexpr int kCritical = 2;
inline constexpr int kUnknown = 3;

class Status : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }

  void set_up(bool sealed = false) {
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = sealed});
  }
  // The policy stands in the primary's configuration, behind its settings.
  void add_policy(const std::string& lines) const {
    std::ofstream(cluster->folder() / "primary.toml", std::ios::app) << lines;
  }
  [[nodiscard]] Outcome status(Arguments arguments = {}) const {
    arguments.insert(arguments.begin(), "status");
    return run(cluster->basebackup_on_primary(arguments));
  }
  void expect_status(int exit_code, const std::string& first_line,
                     const Arguments& arguments = {}) const {
    const Outcome outcome = status(arguments);
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out.substr(0, outcome.out.find('\n')), ::testing::HasSubstr(first_line));
  }
  [[nodiscard]] std::string connection() const { return cluster->primary().conninfo(); }
  // "warning" for "drill"; "none" without such a judgement.
  [[nodiscard]] std::string severity(const std::string& name, Arguments arguments = {}) const {
    arguments.insert(arguments.begin(), "--json");
    const auto said = nlohmann::json::parse(status(arguments).out);
    for (const auto& one : said.at("clusters").at(0).at("judgements")) {
      if (one.at("name") == name) return one.at("severity");
    }
    return "none";
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

}  // namespace walden::testing
