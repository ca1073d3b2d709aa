#include "tests/crash/stored_objects.h"

#include <gtest/gtest.h>

#include <chrono>

#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/bytes/sealed_reader.h"
#include "common/store/directory_store.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class DigestSink final : public ByteSink {
 public:
  [[nodiscard]] Result<> write(ByteView bytes) override {
    sha256_.update(bytes);
    return {};
  }
  [[nodiscard]] Digest finish() { return sha256_.finish(); }

 private:
  Sha256 sha256_;
};

Result<Digest> open_object(DirectoryStore& store, const std::string& name) {
  const auto slash = name.find('/');
  const std::string cluster = name.substr(0, slash);
  // What is not below a system's folder is the cluster's own: the audit trail.
  const bool of_cluster = name.substr(slash + 1).starts_with("audit/");
  const std::uint64_t system = of_cluster ? 0 : std::stoull(name.substr(slash + 1));
  DigestSink digest;
  SealedReader reader({}, ObjectNames(cluster, system).identity(name), digest);
  TRY(store.read(name, {}, reader));
  TRY(reader.finish());
  return digest.finish();
}

bool is_temporary(const fs::path& path) {
  return path.filename().native().starts_with(".walden-tmp.");
}

}  // namespace

std::map<std::string, Digest> open_every_object(const fs::path& root, const std::string& folder) {
  DirectoryStore store(root);
  std::map<std::string, Digest> objects;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file() || is_temporary(entry.path())) continue;
    const std::string name = entry.path().lexically_relative(root);
    if (entry.path().filename() == "cluster.json") {
      const auto marker = read_marker(store, name.substr(0, name.find('/')));
      EXPECT_TRUE(marker) << marker.error().cause;
      objects[name] = Digest{};
      continue;
    }
    const auto digest = open_object(store, name);
    EXPECT_TRUE(digest) << name << ": " << digest.error().cause;
    if (digest) objects[name] = *digest;
  }
  return objects;
}

std::vector<fs::path> temporaries_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (is_temporary(entry.path())) found.push_back(entry.path());
  }
  return found;
}

void age_temporaries_in(const fs::path& folder) {
  for (const auto& path : temporaries_in(folder)) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
}

}  // namespace walden::testing
