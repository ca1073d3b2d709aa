#include "common/archive/cluster_marker.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/archive/object_names.h"
#include "common/store/object_error.h"

namespace walden {
namespace {

using nlohmann::json;

constexpr int kMarkerFormat = 1;
constexpr std::size_t kMaxMarkerSize = 64U << 10U;

// A string in JSON, because 64 bits do not survive everyone's numbers.
Result<std::uint64_t> parse_system_identifier(const json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  std::uint64_t number = 0;
  if (text != nullptr) {
    const char* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && rest == end && number != 0) return number;
  }
  return fail(ErrorKind::corrupt, "cluster.json holds no system identifier");
}

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<> check_format(const json& object) {
  const auto found = object.find("format");
  if (found == object.end() || !found->is_number_unsigned()) {
    return fail(ErrorKind::corrupt, "cluster.json is not a cluster's marker");
  }
  const auto format = found->get<std::uint64_t>();
  if (format == kMarkerFormat) return {};
  return fail(
      ErrorKind::configuration,
      fmt::format("cluster.json has format {}; this program knows {}", format, kMarkerFormat),
      "Upgrade Walden on this host");
}

Error missing_marker(const Store& store, std::string_view cluster) {
  return {ErrorKind::configuration,
          fmt::format("there is no cluster \"{}\" in {}: {} is missing", cluster, store.describe(),
                      marker_name(cluster)),
          fmt::format("{} {}", how_to_find_archive(store), kNoSecondArchive)};
}

}  // namespace

std::string how_to_find_archive(const Store& store) {
  return store.may_be_unmounted() ? "Mount the store, or correct the settings."
                                  : "Correct the settings store and cluster.";
}

std::string ClusterMarker::to_json() const {
  const json object = {{"format", kMarkerFormat},
                       {"cluster", cluster},
                       {"system_identifier", std::to_string(system_identifier)},
                       {"created", created}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<ClusterMarker> ClusterMarker::parse(std::string_view text, std::string_view cluster) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return fail(ErrorKind::corrupt, "cluster.json is not JSON");
  TRY(check_format(object));
  ClusterMarker marker{text_in(object, "cluster"), 0, text_in(object, "created")};
  if (marker.cluster != cluster) {
    return fail(
        ErrorKind::corrupt,
        fmt::format("cluster.json belongs to cluster \"{}\", not \"{}\"", marker.cluster, cluster));
  }
  marker.system_identifier =
      TRY(parse_system_identifier(object.value("system_identifier", json())));
  return marker;
}

Result<ClusterMarker> read_marker(Store& store, std::string_view cluster) {
  TRY(check_cluster_name(cluster));
  auto content = read_object(store, marker_name(cluster), kMaxMarkerSize);
  if (!content && content.error().kind == ErrorKind::absent) {
    return std::unexpected(missing_marker(store, cluster));
  }
  if (!content) return std::unexpected(std::move(content).error());
  auto marker = ClusterMarker::parse(text_of(*content), cluster);
  if (marker) return marker;
  Error damaged = marker.error().within(store.describe());
  if (damaged.remedy.empty()) {
    damaged.remedy = "Put an undamaged copy of it back: an older version, or another store's";
  }
  return std::unexpected(std::move(damaged));
}

Result<> create_marker(Store& store, const ClusterMarker& marker) {
  TRY(check_cluster_name(marker.cluster));
  const std::string content = marker.to_json();
  auto created = create_object(store, marker_name(marker.cluster), bytes_of(content));
  if (created || created.error().kind != ErrorKind::exists) return created;
  const ClusterMarker there = TRY(read_marker(store, marker.cluster));
  if (there.system_identifier == marker.system_identifier) return {};
  return fail(ErrorKind::exists,
              fmt::format("cluster \"{}\" in {} belongs to system {}, this server is system {}",
                          marker.cluster, store.describe(), there.system_identifier,
                          marker.system_identifier),
              "Give this server a cluster name of its own");
}

}  // namespace walden
