#include "basebackup/newest_objects.h"

#include <algorithm>
#include <set>
#include <utility>

namespace walden {
namespace {

constexpr std::size_t kMost = 8;

}  // namespace

Result<std::vector<std::string>> newest_objects(
    Store& store, const std::string& prefix,
    const std::function<bool(const std::string& name)>& wanted) {
  std::set<std::pair<std::int64_t, std::string>, std::greater<>> newest;
  TRY(store.list({prefix, {}}, [&](const ObjectEntry& entry) -> Result<> {
    if (wanted(entry.name)) newest.emplace(entry.modified, entry.name);
    if (newest.size() > kMost) newest.erase(std::prev(newest.end()));
    return {};
  }));
  std::vector<std::string> names;
  for (const auto& [modified, name] : newest) names.push_back(name);
  return names;
}

}  // namespace walden
