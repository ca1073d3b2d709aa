// A server that recovers from the prepared archive through a gate, and what can fail around it. Its
// files, its workers and its mounts go with it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tests/matrix/folder_bucket.h"
#include "tests/matrix/outage.h"
#include "tests/matrix/prepared_archive.h"
#include "tests/matrix/private_mounts.h"
#include "tests/support/postgres_server.h"
#include "tests/support/s3_server.h"

namespace walden::testing {

class RecoveringHost {
 public:
  explicit RecoveringHost(const OutageCase& chosen);
  RecoveringHost(const RecoveringHost&) = delete;
  RecoveringHost& operator=(const RecoveringHost&) = delete;
  ~RecoveringHost();

  [[nodiscard]] PostgresServer& server() { return *server_; }
  [[nodiscard]] bool outage_has_begun() const { return gate_->has_begun(); }
  void lift_outage();

  // "130" where there are all from 1 to 130, each of them whole; else what there is instead.
  [[nodiscard]] std::string rows();
  [[nodiscard]] std::string expected_rows() const;

  // It has ended its recovery and takes writes.
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] std::size_t said(const std::string& text) const;  // how often, in the log
  [[nodiscard]] std::string first_complaint() const;              // the line in which it stands

 private:
  void make_data_directory();
  void make_gate();
  void configure() const;
  void put_archive_into_a_bucket();
  [[nodiscard]] std::string object_of_outage() const;
  [[nodiscard]] std::function<bool(std::string_view)> befallen() const;
  void bring_outage();
  void kill_those_that(const std::function<std::vector<int>()>& find) const;
  [[nodiscard]] std::vector<int> workers() const;
  [[nodiscard]] std::vector<int> keepers_of_workers() const;
  void make_configuration_unreadable() const;
  [[nodiscard]] std::string mark() const;
  [[nodiscard]] std::filesystem::path configuration() const { return folder_ / "walden.toml"; }
  [[nodiscard]] std::vector<int> callers_of(const std::string& name) const;
  void wait_until_server_asks_for(const std::string& name) const;

  const OutageCase chosen_;
  const PreparedArchive& archive_ = prepared_archive();
  TemporaryDirectory folder_;
  std::unique_ptr<PrivateHosts> hosts_;
  std::unique_ptr<SmallDisk> disk_;
  std::unique_ptr<S3Bucket> bucket_;
  std::unique_ptr<FolderBucket> fake_bucket_;
  std::unique_ptr<StoreGate> gate_;
  std::unique_ptr<PostgresServer> server_;
};

}  // namespace walden::testing
