#include "basebackup/check_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/catalog.h"
#include "basebackup/check_directory.h"
#include "basebackup/check_s3.h"
#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/program/configured_store.h"
#include "common/store/directory_store.h"

namespace walden {
namespace {

// Shorter than for backups: a person waits.
constexpr auto kPatience = std::chrono::seconds(20);

constexpr std::string_view kStore = "store";
constexpr std::string_view kMarker = "marker";

struct Answer {
  Result<> answered;
  std::chrono::milliseconds took{0};
};

// Asks for the marker: whether it is there or not, only a store that is there can say so.
Answer time_answer(Store& store, const std::string& cluster) {
  const auto begun = std::chrono::steady_clock::now();
  const auto entry = store.stat(marker_name(cluster));
  const auto took = std::chrono::steady_clock::now() - begun;
  Answer answer{{}, std::chrono::duration_cast<std::chrono::milliseconds>(took)};
  if (!entry && entry.error().kind != ErrorKind::absent) {
    answer.answered = std::unexpected(entry.error());
  }
  return answer;
}

Result<bool> has_system(Store& store, const std::string& cluster, std::uint64_t system) {
  const auto identifiers = TRY(system_identifiers(store, cluster));
  return std::ranges::find(identifiers, system) != identifiers.end();
}

Fact look_at_marker(Store& store, const std::string& cluster, std::optional<std::uint64_t> server) {
  const auto marker = read_marker(store, cluster);
  if (!marker) return failing(kMarker, marker.error());
  if (!server || *server == marker->system_identifier) {
    return judge_marker(marker->system_identifier, server, true);
  }
  const auto own = has_system(store, cluster, *server);
  if (!own) return failing(kMarker, own.error());
  return judge_marker(marker->system_identifier, server, *own);
}

Facts of_its_kind(Store& store, const Configuration& configuration, const ServerLook& server) {
  if (const auto* directory = dynamic_cast<const DirectoryStore*>(&store)) {
    return check_directory(*directory, configuration.cluster, server);
  }
  if (auto* bucket = dynamic_cast<S3Store*>(&store)) {
    return check_s3(
        *bucket, configuration.s3_create == "checked" ? S3Create::checked : S3Create::conditional);
  }
  return {};
}

}  // namespace

Fact judge_marker(std::uint64_t marker_system, std::optional<std::uint64_t> server,
                  bool own_system) {
  if (!server) {
    return good(kMarker,
                fmt::format("system {}; which one the server is, was not asked", marker_system));
  }
  if (*server == marker_system) {
    return good(kMarker, fmt::format("system {}, as the server's", marker_system));
  }
  const std::string text =
      fmt::format("it is of system {}, the server is system {}", marker_system, *server);
  if (own_system) {
    return warning(kMarker, text + ", which has a folder too",
                   "right after initdb or pg_upgrade; else give the server a cluster of its own");
  }
  return failing(kMarker, text, "give the server a cluster of its own: basebackup init");
}

Facts check_store(const Configuration& configuration, const ServerLook& server) {
  const auto store = open_configured_store(configuration, kPatience);
  if (!store) return {failing(kStore, store.error()), not_asked(kMarker, "there is no store")};
  const auto [answered, took] = time_answer(**store, configuration.cluster);
  if (!answered) {
    return {failing(kStore, answered.error()), not_asked(kMarker, "the store does not answer")};
  }
  Facts facts = {
      good(kStore, fmt::format("{} answers in {} ms", (*store)->describe(), took.count())),
      look_at_marker(**store, configuration.cluster, server.system_identifier)};
  append(facts, of_its_kind(**store, configuration, server));
  return facts;
}

}  // namespace walden
