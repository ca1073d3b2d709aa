#include "wal-push/push_file.h"

#include "common/archive/cluster_marker.h"
#include "common/archive/wal_archive.h"
#include "common/program/configured_store.h"
#include "wal-push/owning_system.h"

namespace walden {
namespace {

// Then PostgreSQL hears of it, keeps the segment and asks again.
constexpr std::chrono::seconds kPatience{120};

}  // namespace

Result<> push_file(const Configuration& configuration, const std::filesystem::path& path,
                   const WalName& name) {
  const auto store = TRY(open_configured_store(configuration, kPatience));
  const Sealing sealing = TRY(load_sealing(configuration));
  const WalFileFacts facts = TRY(inspect_wal_file(path, name));
  const std::uint64_t system = TRY(owning_system(*store, configuration.cluster, path, facts));
  WalArchive archive(*store, ObjectNames(configuration.cluster, system));
  TRY(archive.push(path, name, sealing));
  // Once more: a file system unmounted since would have taken it into the bare mount point, where
  // the next mount hides it.
  if (store->may_be_unmounted()) TRY(read_marker(*store, configuration.cluster));
  return {};
}

}  // namespace walden
