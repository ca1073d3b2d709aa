#include "basebackup/wal_listing.h"

#include <tuple>

namespace walden {
namespace {

bool is_newer(const WalName& a, const WalName& b) {
  return std::tie(a.timeline, a.log, a.segment) > std::tie(b.timeline, b.log, b.segment);
}

}  // namespace

Result<std::optional<WalFact>> list_wal(Store& store, const ObjectNames& names) {
  std::optional<WalName> newest;
  WalFact wal;
  TRY(store.list({names.wal_prefix(), {}}, [&](const ObjectEntry& entry) -> Result<> {
    const auto name = WalName::parse(entry.name.substr(entry.name.rfind('/') + 1));
    if (!name || name->kind != WalFileKind::segment || entry.name != names.wal(*name)) return {};
    ++wal.count;
    wal.bytes += entry.size;
    if (newest && !is_newer(*name, *newest)) return {};
    newest = *name;
    wal.stored = {entry.modified * 1'000'000};
    return {};
  }));
  if (!newest) return std::nullopt;
  wal.newest = newest->to_text();
  return wal;
}

}  // namespace walden
