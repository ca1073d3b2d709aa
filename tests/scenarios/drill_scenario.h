// A cluster with a backup and two rows after it, and a host that drills.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenarios/archived_cluster.h"

namespace walden::testing {

class Drill : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }

  // A backup, then "one" and "two", with nothing left that is not archived.
  void prepare(const ClusterSetup& setup = {});

  // Settings of the drilling host, and what else `toml` says.
  void set_policy(const std::string& toml);
  [[nodiscard]] static std::string check_of_rows(const std::string& expect);

  Outcome drill(Arguments arguments = {});
  nlohmann::json report_of(Arguments arguments = {});
  [[nodiscard]] static std::vector<std::string> failed(const nlohmann::json& report);
  [[nodiscard]] static std::string text_of_step(const nlohmann::json& report,
                                                const std::string& name);
  // Failed, kept in the archive, and with nothing left in the scratch directory.
  void expect_failed_in_order(const nlohmann::json& report);

  std::unique_ptr<ArchivedCluster> cluster_;
  std::string id_;
  std::string segment_;
  Moment one_;
  std::filesystem::path scratch_;
  Outcome outcome_;
};

}  // namespace walden::testing
