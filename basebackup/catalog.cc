#include "basebackup/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "common/archive/list_until.h"

namespace walden {
namespace {

// The folders directly below `prefix`, each with the first object in it.
struct Folder {
  std::string name;
  std::string first_object;
};

Result<std::vector<Folder>> folders_below(Store& store, const std::string& prefix) {
  std::vector<Folder> folders;
  std::string after;
  for (bool more = true; more;) {
    more = false;
    TRY(list_until(store, {prefix, after}, [&](const ObjectEntry& entry) -> Result<bool> {
      const std::string_view rest = std::string_view(entry.name).substr(prefix.size());
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos) return true;
      folders.push_back({std::string(rest.substr(0, slash)), entry.name});
      // On behind everything in this folder: '0' follows '/'.
      after = prefix + folders.back().name + "0";
      more = true;
      return false;
    }));
  }
  return folders;
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc() && end == last ? number : 0;
}

Result<bool> has_manifest(Store& store, const ObjectNames& names, const Folder& folder) {
  const std::string manifest = names.manifest(folder.name);
  if (folder.first_object == manifest) return true;
  const auto found = store.stat(manifest);
  if (found) return true;
  if (found.error().kind == ErrorKind::absent) return false;
  return std::unexpected(found.error());
}

// What basebackup expire has left because other backups refer to it.
Result<bool> is_given_up(Store& store, const ObjectNames& names, const std::string& id) {
  const auto found = store.stat(names.expired_mark(id));
  if (found) return true;
  if (found.error().kind == ErrorKind::absent) return false;
  return std::unexpected(found.error());
}

Result<CatalogEntry> read_entry(Store& store, const ObjectNames& names, const std::string& id,
                                const Opening& opening) {
  CatalogEntry entry{id, names.system_identifier(), {}, {}, {}, {}};
  auto summary = read_summary(store, names, id, opening);
  if (summary) {
    entry.summary = std::move(*summary);
  } else if (summary.error().kind == ErrorKind::configuration) {
    entry.sealed = summary.error().cause;
    entry.remedy = summary.error().remedy;
  } else if (summary.error().kind == ErrorKind::corrupt) {
    entry.damaged = summary.error().cause;
  } else {
    return std::unexpected(std::move(summary).error());
  }
  return entry;
}

// The names of backups that cannot be opened begin with their time: good enough to place them.
bool earlier(const CatalogEntry& a, const CatalogEntry& b) {
  if (!a.summary || !b.summary) return a.id < b.id;
  return std::tie(a.summary->timeline, a.summary->start) <
         std::tie(b.summary->timeline, b.summary->start);
}

// With unopened ones between them the order by position would be no order: then by name alone.
void put_in_order(std::vector<CatalogEntry>& backups) {
  const bool all_known = std::ranges::all_of(
      backups, [](const CatalogEntry& entry) { return entry.summary.has_value(); });
  std::ranges::stable_sort(backups, [&](const CatalogEntry& a, const CatalogEntry& b) {
    return all_known ? earlier(a, b) : a.id < b.id;
  });
}

// A mistyped one would look like a cluster without a backup.
Result<std::uint64_t> known_system(const std::string& cluster, std::vector<std::uint64_t> known,
                                   std::uint64_t marker_identifier, std::uint64_t wanted) {
  if (std::ranges::find(known, marker_identifier) == known.end()) {
    known.push_back(marker_identifier);
  }
  if (std::ranges::find(known, wanted) != known.end()) return wanted;
  return fail(ErrorKind::usage,
              fmt::format("the archive of {} has nothing of a system {}", cluster, wanted),
              fmt::format("It knows: {}", fmt::join(known, ", ")));
}

std::string ids_of(const std::vector<const CatalogEntry*>& entries) {
  std::vector<std::string> ids;
  ids.reserve(entries.size());
  for (const auto* entry : entries) ids.push_back(entry->id);
  return fmt::format("{}", fmt::join(ids, ", "));
}

}  // namespace

Result<std::vector<std::uint64_t>> system_identifiers(Store& store, const std::string& cluster) {
  std::vector<std::uint64_t> identifiers;
  for (const Folder& folder : TRY(folders_below(store, cluster + "/"))) {
    if (const std::uint64_t number = number_in(folder.name)) identifiers.push_back(number);
  }
  std::ranges::sort(identifiers);
  return identifiers;
}

Result<Catalog> read_catalog(Store& store, const ObjectNames& names, const Opening& opening) {
  Catalog catalog;
  for (const Folder& folder : TRY(folders_below(store, names.backup_prefix()))) {
    if (TRY(has_manifest(store, names, folder))) {
      catalog.backups.push_back(TRY(read_entry(store, names, folder.name, opening)));
    } else if (!TRY(is_given_up(store, names, folder.name))) {
      catalog.unfinished.push_back(folder.name);
    }
  }
  put_in_order(catalog.backups);
  return catalog;
}

Result<CatalogEntry> find_backup(const Catalog& catalog, const std::string& wanted) {
  std::vector<const CatalogEntry*> all;
  std::vector<const CatalogEntry*> matching;
  for (const auto& entry : catalog.backups) {
    if (entry.id == wanted) return entry;
    all.push_back(&entry);
    if (entry.id.find(wanted) != std::string::npos) matching.push_back(&entry);
  }
  if (matching.size() == 1) return *matching.front();
  if (!matching.empty()) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" fits {} backups", wanted, matching.size()),
                "Say more of it: " + ids_of(matching));
  }
  return fail(ErrorKind::usage, fmt::format("there is no backup \"{}\"", wanted),
              all.empty() ? "There is no backup at all: basebackup push takes one."
                          : "There are: " + ids_of(all));
}

Result<std::uint64_t> choose_system_identifier(Store& store, const std::string& cluster,
                                               std::uint64_t marker_identifier,
                                               std::uint64_t wanted) {
  const auto known = TRY(system_identifiers(store, cluster));
  if (wanted != 0) return known_system(cluster, known, marker_identifier, wanted);
  std::vector<std::uint64_t> candidates;
  for (const std::uint64_t identifier : known) {
    const ObjectNames names(cluster, identifier);
    for (const Folder& folder : TRY(folders_below(store, names.backup_prefix()))) {
      if (!TRY(has_manifest(store, names, folder))) continue;
      candidates.push_back(identifier);
      break;
    }
  }
  if (candidates.empty()) return marker_identifier;
  if (candidates.size() == 1) return candidates.front();
  return fail(ErrorKind::usage,
              fmt::format("the archive of {} holds backups of {} systems: {}", cluster,
                          candidates.size(), fmt::join(candidates, ", ")),
              "Choose one with --system-id; basebackup list shows what each of them has.");
}

}  // namespace walden
