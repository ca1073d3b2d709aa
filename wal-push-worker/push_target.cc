#include "wal-push-worker/push_target.h"

#include "common/archive/cluster_marker.h"
#include "common/archive/wal_archive.h"
#include "common/program/configured_store.h"
#include "wal-push-worker/owning_system.h"

namespace walden {
namespace {

// Then PostgreSQL hears of it, keeps the segment and asks again.
constexpr std::chrono::seconds kPatience{120};

}  // namespace

Result<PushTarget> open_target(const Configuration& configuration, Say say) {
  PushTarget target;
  target.store = TRY(open_configured_store(configuration, kPatience, std::move(say)));
  target.cluster = configuration.cluster;
  target.sealing = TRY(load_sealing(configuration));
  return target;
}

Result<> push_file(const PushTarget& target, const std::filesystem::path& path, const WalName& name,
                   const PushCompany& company) {
  Store& store = *target.store;
  const WalFileFacts facts = TRY(inspect_wal_file(path, name));
  const std::uint64_t system = TRY(owning_system(store, target.cluster, path, facts, company.say));
  WalArchive archive(store, ObjectNames(target.cluster, system));
  Sealing sealing = target.sealing;
  sealing.threads = company.threads;
  TRY(archive.push(path, name, sealing, company.sealed));
  // Once more: a file system unmounted since would have taken it into the bare mount point, where
  // the next mount hides it.
  if (store.may_be_unmounted()) TRY(read_marker(store, target.cluster));
  return {};
}

}  // namespace walden
