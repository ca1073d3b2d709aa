#include "tests/scenarios/archive_store.h"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "common/store/directory_store.h"
#include "common/store/s3_store.h"
#include "tests/support/s3_server.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestObject = 256U << 20U;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class DirectoryArchive final : public ArchiveStore {
 public:
  explicit DirectoryArchive(const fs::path& folder) : folder_(folder), store_(folder / "store") {}

  [[nodiscard]] std::map<std::string, std::string> settings() const override {
    return {{"store", "file://" + (folder_ / "store").string()}};
  }
  [[nodiscard]] std::string url_of_nothing() const override {
    return "file://" + (folder_ / "gone").string();
  }
  [[nodiscard]] std::string url_of_empty_place() const override {
    fs::create_directory(folder_ / "empty");
    give_to_server_user(folder_ / "empty");
    return "file://" + (folder_ / "empty").string();
  }
  void replace(const std::string& name, const std::string& content) override {
    write_text(path_of(name), content);
    give_to_server_user(path_of(name));
  }
  void remove(const std::string& name) override {
    if (!fs::remove(path_of(name))) throw std::runtime_error(name + " is not there");
  }

 protected:
  [[nodiscard]] Store& store() override { return store_; }

 private:
  [[nodiscard]] fs::path path_of(const std::string& name) const { return folder_ / "store" / name; }

  fs::path folder_;
  DirectoryStore store_;
};

class BucketArchive final : public ArchiveStore {
 public:
  // The programs have the keys from their environment, and all else from their settings.
  BucketArchive() {
    S3Variables variables = s3_variables(s3_server().tls_endpoint, s3_server().owner);
    for (const auto* name : {"AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE", "AWS_REGION"}) {
      variables.erase(name);
    }
    set_s3_variables(variables);
    store_ = must(S3Store::open(url(), {.endpoint = s3_server().tls_endpoint,
                                        .region = s3_server().region,
                                        .ca_file = s3_server().ca_file}));
  }

  [[nodiscard]] std::map<std::string, std::string> settings() const override {
    return {{"store", url()},
            {"s3_endpoint", s3_server().tls_endpoint},
            {"s3_region", s3_server().region},
            {"s3_ca_file", s3_server().ca_file}};
  }
  [[nodiscard]] std::string url_of_nothing() const override {
    return "s3://gone-" + bucket_.name();
  }
  [[nodiscard]] std::string url_of_empty_place() const override { return bucket_.url("empty"); }
  void replace(const std::string& name, const std::string& content) override {
    bucket_.must_send("PUT", key_of(name), {}, content);
  }
  void remove(const std::string& name) override { bucket_.must_send("DELETE", key_of(name)); }

 protected:
  [[nodiscard]] Store& store() override { return *store_; }

 private:
  [[nodiscard]] std::string url() const { return bucket_.url("archives/eu"); }
  [[nodiscard]] static std::string key_of(const std::string& name) { return "archives/eu/" + name; }

  S3Bucket bucket_;
  std::unique_ptr<S3Store> store_;
};

}  // namespace

bool ArchiveStore::exists(const std::string& name) {
  const auto found = store().stat(name);
  if (!found && found.error().kind != ErrorKind::absent) {
    throw std::runtime_error(found.error().cause);
  }
  return found.has_value();
}

std::string ArchiveStore::content(const std::string& name) {
  return std::string(text_of(must(read_object(store(), name, kLargestObject))));
}

void ArchiveStore::copy(const std::string& from, const std::string& to) {
  replace(to, content(from));
}

void ArchiveStore::flip_a_bit(const std::string& name) {
  std::string changed = content(name);
  changed.at(changed.size() / 2) ^= 0x10;
  replace(name, changed);
}

std::vector<std::string> ArchiveStore::objects(const std::string& prefix) {
  std::vector<std::string> lines;
  must(store().list({prefix, {}}, [&](const ObjectEntry& entry) -> Result<> {
    lines.push_back(fmt::format("{} {} {}", entry.name, entry.size, entry.modified));
    return {};
  }));
  return lines;
}

std::vector<std::string> ArchiveStore::names() {
  std::vector<std::string> names;
  for (const std::string& line : objects()) names.push_back(line.substr(0, line.find(' ')));
  return names;
}

bool archive_is_in_a_directory() {
  const char* const chosen = std::getenv("WALDEN_TEST_STORE");
  const std::string_view kind = chosen == nullptr ? "" : chosen;
  return kind != "s3" && !kind.starts_with("s3:");
}

std::optional<std::string> archive_store_is_missing() {
  return archive_is_in_a_directory() ? std::nullopt : s3_is_missing();
}

std::unique_ptr<ArchiveStore> make_archive_store(const fs::path& folder) {
  if (archive_is_in_a_directory()) return std::make_unique<DirectoryArchive>(folder);
  return std::make_unique<BucketArchive>();
}

}  // namespace walden::testing
