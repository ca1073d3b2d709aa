#include "basebackup/earlier_packs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace walden {
namespace {

Result<bool> is_there(Store& store, const std::string& object, const PackRecord* pack) {
  const auto entry = store.stat(object);
  if (entry) return pack == nullptr || entry->size == pack->stored_size;
  if (entry.error().kind == ErrorKind::absent) return false;
  return std::unexpected(entry.error());
}

}  // namespace

std::string backup_id_of_pack(std::string_view object_name) {
  constexpr std::string_view kFolder = "/backup/";
  const auto slash = object_name.rfind('/');
  if (slash == std::string_view::npos || !object_name.substr(slash).starts_with("/pack-")) {
    return {};
  }
  const auto folder = object_name.substr(0, slash).rfind(kFolder);
  if (folder == std::string_view::npos) return {};
  const auto id = object_name.substr(folder + kFolder.size(), slash - folder - kFolder.size());
  return id.find('/') == std::string_view::npos ? std::string(id) : std::string();
}

EarlierPacks::EarlierPacks(std::vector<PackRecord> packs,
                           const std::map<std::uint32_t, std::uint64_t>& in_use) {
  for (auto& pack : packs) {
    const auto used = in_use.find(pack.number);
    const std::uint64_t bytes = used == in_use.end() ? 0 : used->second;
    const std::string backup = backup_id_of_pack(pack.object);
    const bool worth_it = bytes * 100 >= pack.plaintext_size * kLeastPercentInUse && bytes > 0;
    const std::uint32_t number = pack.number;
    packs_.emplace(number, Earlier{.record = std::move(pack),
                                   .backup = backup,
                                   .usable = worth_it && !backup.empty()});
  }
}

Result<> EarlierPacks::look(Store& store, const ObjectNames& names) {
  std::map<std::string, bool> whole;  // by backup
  for (auto& [number, pack] : packs_) {
    if (!pack.record.object.starts_with(names.backup_prefix())) pack.usable = false;
    if (!pack.usable) continue;
    auto [backup, is_new] = whole.try_emplace(pack.backup, true);
    if (is_new) {
      backup->second = !TRY(is_there(store, names.condemned_mark(pack.backup), nullptr));
    }
    if (backup->second) {
      backup->second = TRY(is_there(store, pack.record.object, &pack.record));
    }
  }
  for (auto& [number, pack] : packs_) pack.usable = pack.usable && whole[pack.backup];
  return {};
}

Result<> EarlierPacks::look_again(Store& store, const ObjectNames& names) const {
  std::set<std::string> looked_at;
  for (const auto& [number, pack] : packs_) {
    if (!pack.referred) continue;
    const bool condemned = looked_at.insert(pack.backup).second &&
                           TRY(is_there(store, names.condemned_mark(pack.backup), nullptr));
    if (!condemned && TRY(is_there(store, pack.record.object, &pack.record))) continue;
    return fail(
        ErrorKind::transient,
        fmt::format("backup {}, which this one refers to, has gone from the store meanwhile",
                    pack.backup),
        "Take the backup again.");
  }
  return {};
}

bool EarlierPacks::may_refer(const FileRun& run) const {
  if (run.pack == kZeros) return true;
  const auto pack = packs_.find(run.pack);
  return pack != packs_.end() && pack->second.usable;
}

bool EarlierPacks::all_of(std::span<const FileRun> runs) const {
  return std::ranges::all_of(runs, [this](const FileRun& run) { return may_refer(run); });
}

void EarlierPacks::note(std::span<const FileRun> runs) {
  for (const FileRun& run : runs) {
    const auto pack = packs_.find(run.pack);
    if (pack != packs_.end()) pack->second.referred = true;
  }
}

std::vector<PackRecord> EarlierPacks::referred() const {
  std::vector<PackRecord> records;
  for (const auto& [number, pack] : packs_) {
    if (pack.referred) records.push_back(pack.record);
  }
  return records;
}

std::vector<std::string> EarlierPacks::backups() const {
  std::set<std::string> ids;
  for (const auto& [number, pack] : packs_) {
    if (pack.referred) ids.insert(pack.backup);
  }
  return {ids.begin(), ids.end()};
}

std::uint32_t EarlierPacks::last_number() const {
  return packs_.empty() ? 0 : packs_.rbegin()->first;
}

bool EarlierPacks::any_usable() const {
  return std::ranges::any_of(packs_, [](const auto& pack) { return pack.second.usable; });
}

}  // namespace walden
