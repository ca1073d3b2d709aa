#include "wal-push-worker/push_target.h"

#include <fmt/format.h>

#include "common/archive/cluster_marker.h"
#include "common/archive/wal_archive.h"
#include "common/program/configured_store.h"
#include "wal-push-worker/owning_system.h"

namespace walden {
namespace {

// Then PostgreSQL hears of it, keeps the segment and asks again.
constexpr std::chrono::seconds kPatience{120};

// A file system unmounted since would have taken the object into the bare mount point, where the
// next mount hides it.
Result<> see_it_there(Store& store, const std::string& cluster, const std::string& object) {
  TRY(read_marker(store, cluster));
  const auto found = store.stat(object);
  if (found) return {};
  if (found.error().kind != ErrorKind::absent) return std::unexpected(found.error());
  return fail(
      ErrorKind::transient,
      fmt::format("{} was stored in {} and is not there any more", object, store.describe()),
      "The file system was mounted or unmounted just now: see what lies below it");
}

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
  const ObjectNames names(target.cluster, system);
  WalArchive archive(store, names);
  Sealing sealing = target.sealing;
  sealing.threads = company.threads;
  TRY(archive.push(path, name, sealing, company.sealed));
  if (store.may_be_unmounted()) TRY(see_it_there(store, target.cluster, names.wal(name)));
  return {};
}

}  // namespace walden
