#include "wal-push/push_file.h"

#include <fmt/format.h>

#include "common/archive/cluster_marker.h"
#include "common/archive/data_directory.h"
#include "common/archive/wal_archive.h"
#include "common/program/report.h"
#include "common/store/open_store.h"
#include "wal-push/owning_system.h"

namespace walden {

Result<> push_file(const Configuration& configuration, const std::filesystem::path& path,
                   const WalName& name) {
  const auto store = TRY(open_store(configuration.store));
  const Sealing sealing = TRY(load_sealing(configuration));
  const ClusterMarker marker = TRY(read_marker(*store, configuration.cluster));
  const auto server = TRY(system_identifier_of(data_directory_of(path)));
  const WalFileFacts facts = TRY(inspect_wal_file(path, name));
  const std::uint64_t system = TRY(owning_system(path, facts, server, marker));
  if (system != marker.system_identifier) {
    say("wal-push",
        fmt::format("cluster \"{}\" was set up for system {}; {} goes into the folder of this "
                    "server's own system {}",
                    marker.cluster, marker.system_identifier, name.to_text(), system));
  }
  WalArchive archive(*store, ObjectNames(configuration.cluster, system));
  TRY(archive.push(path, name, sealing));
  // Once more: a file system unmounted since would have taken it into the bare mount point, where
  // the next mount hides it.
  TRY(read_marker(*store, configuration.cluster));
  return {};
}

}  // namespace walden
