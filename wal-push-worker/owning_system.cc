#include "wal-push-worker/owning_system.h"

#include <fmt/format.h>

#include "common/archive/cluster_marker.h"
#include "common/archive/data_directory.h"

namespace walden {
namespace {

// Histories, backup labels, and the first segment of each log, one in 256 of the usual size: often
// enough to notice a mistyped prefix on the first day.
bool is_rare(const std::filesystem::path& path) {
  const std::string name = path.filename().native();
  return path.has_extension() || name.ends_with("00000000");
}

Result<> check_writer(const std::filesystem::path& path, const WalFileFacts& facts,
                      std::string_view here, std::uint64_t system) {
  const std::uint64_t written_by = facts.system_identifier.value_or(system);
  if (written_by == system) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("{} was written by system {}, {} is system {}", path.native(), written_by,
                          here, system),
              "It is another server's WAL: see how it came there, and store it under its own "
              "cluster");
}

}  // namespace

Result<std::uint64_t> owning_system(Store& store, std::string_view cluster,
                                    const std::filesystem::path& path, const WalFileFacts& facts,
                                    const std::function<void(const std::string&)>& say) {
  const auto server = TRY(system_identifier_of(data_directory_of(path)));
  if (server) TRY(check_writer(path, facts, "this server", *server));
  if (server && !store.may_be_unmounted() && !is_rare(path)) return *server;

  const ClusterMarker marker = TRY(read_marker(store, cluster));
  const std::uint64_t system = server.value_or(marker.system_identifier);
  TRY(check_writer(path, facts, fmt::format("cluster \"{}\"", cluster), system));
  if (system != marker.system_identifier) {
    say(
        fmt::format("cluster \"{}\" was set up for system {}; {} goes into the folder "
                    "of this server's own system {}",
                    cluster, marker.system_identifier, path.filename().native(), system));
  }
  return system;
}

}  // namespace walden
