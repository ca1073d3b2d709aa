// The archive as it lies in its store, seen and changed behind the programs' backs. In a directory,
// or with WALDEN_TEST_STORE=s3 in a bucket of this run's S3 server: the same scenarios hold in
// both. s3:FILE is that of the handover FILE, as WALDEN_TEST_S3 names one (ctest passes on one
// variable only).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace walden::testing {

class ArchiveStore {
 public:
  ArchiveStore() = default;
  ArchiveStore(const ArchiveStore&) = delete;
  ArchiveStore& operator=(const ArchiveStore&) = delete;
  virtual ~ArchiveStore() = default;

  // Settings by which the programs find it: "store" and what else it takes.
  [[nodiscard]] virtual std::map<std::string, std::string> settings() const = 0;
  // URLs of places beside it: one that is not there, and one without an archive.
  [[nodiscard]] virtual std::string url_of_nothing() const = 0;
  [[nodiscard]] virtual std::string url_of_empty_place() const = 0;

  virtual void replace(const std::string& name, const std::string& content) = 0;
  virtual void remove(const std::string& name) = 0;

  [[nodiscard]] bool exists(const std::string& name);
  [[nodiscard]] std::string content(const std::string& name);
  void copy(const std::string& from, const std::string& to);
  void flip_a_bit(const std::string& name);  // of the byte in the middle
  // Every object below with size and time: equal lists mean that nothing was touched.
  [[nodiscard]] std::vector<std::string> objects(const std::string& prefix = {});
  [[nodiscard]] std::vector<std::string> names();

 protected:
  [[nodiscard]] virtual Store& store() = 0;
};

// Why the chosen kind cannot be had; nothing when it can.
[[nodiscard]] std::optional<std::string> archive_store_is_missing();
[[nodiscard]] bool archive_is_in_a_directory();
// In `folder`/store, or in a new bucket.
[[nodiscard]] std::unique_ptr<ArchiveStore> make_archive_store(const std::filesystem::path& folder);

}  // namespace walden::testing

// For what only a directory can do: be unmounted, moved, linked.
#define WALDEN_SKIP_IN_A_BUCKET() \
  if (!::walden::testing::archive_is_in_a_directory()) GTEST_SKIP() << "only of directories"
