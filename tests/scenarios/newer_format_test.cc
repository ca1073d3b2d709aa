// An archive written by a later Walden is refused with the advice to upgrade, not misread.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "common/archive/object_names.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"
#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEnough = std::size_t{64} << 20U;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string opened(const std::string& object, const ObjectIdentity& identity) {
  BufferSink plaintext(kEnough);
  SealedReader reader({}, identity, plaintext);
  must(reader.write(bytes_of(object)));
  must(reader.finish());
  return std::string(text_of(plaintext.buffer()));
}

std::string stored_again(const ObjectIdentity& identity, const std::string& text) {
  BufferSink stored(kEnough);
  const auto writer = must(SealedWriter::create({}, identity, stored));
  const auto summary = std::string_view(text).substr(0, text.find('\n') + 1);  // alone in its frame
  must(writer->write(bytes_of(summary)));
  must(writer->end_frame());
  must(writer->write(bytes_of(text).subspan(summary.size())));
  must(writer->finish());
  return std::string(text_of(stored.buffer()));
}

class NewerFormat : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    id = cluster->take_backup();
    cluster->primary().archive_current_segment();
  }

  void expect_advice_to_upgrade() {
    const auto before = listing(cluster->folder());
    const auto outcome = run(cluster->restore_command(cluster->folder() / "copy"));
    EXPECT_THAT(outcome, RefusedBecause("format"));
    EXPECT_THAT(message_of(outcome).below, ::testing::Contains(::testing::HasSubstr("pgrade")));
    EXPECT_EQ(listing(cluster->folder()), before);
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
};

TEST_F(NewerFormat, OfAManifest) {
  const ObjectNames names("orders", std::stoull(cluster->primary().system_identifier()));
  const auto identity = names.identity(names.manifest(id));
  const auto object = cluster->backup_object(id, "manifest");
  const std::regex version("(\"walden_manifest\" *: *)[0-9]+");
  const std::string newer =
      std::regex_replace(opened(cluster->store().content(object), identity), version, "$019",
                         std::regex_constants::format_first_only);
  ASSERT_NE(newer, opened(cluster->store().content(object), identity));
  cluster->store().replace(object, stored_again(identity, newer));
  expect_advice_to_upgrade();
}

TEST_F(NewerFormat, OfTheClustersMarker) {
  auto json = nlohmann::json::parse(cluster->store().content("orders/cluster.json"));
  ASSERT_TRUE(json.contains("format")) << json;
  json["format"] = json["format"].get<int>() + 1;
  cluster->store().replace("orders/cluster.json", json.dump());
  expect_advice_to_upgrade();
}

}  // namespace
}  // namespace walden::testing
