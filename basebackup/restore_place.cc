#include "basebackup/restore_place.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "basebackup/directory_user.h"
#include "basebackup/empty_directory.h"
#include "basebackup/old_links.h"
#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

fs::path without_end_slash(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

Result<fs::path> made_absolute(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) return fail_errno("find", path.string(), error.value());
  return without_end_slash(whole);
}

bool lies_in(const fs::path& path, const fs::path& directory) {
  const auto [end, rest] = std::ranges::mismatch(directory, path);
  return end == directory.end();
}

// As pg_resetwal has it: the number of a server in another container or on another host that has
// the same disk means nothing here.
Result<> check_without_pid_file(const fs::path& pgdata) {
  const fs::path pid_file = pgdata / "postmaster.pid";
  struct stat facts {};
  if (::lstat(pid_file.c_str(), &facts) != 0) {
    return errno == ENOENT ? Result<>{} : fail_errno("look at", pid_file.string(), errno);
  }
  return fail(ErrorKind::exists,
              fmt::format("there is a postmaster.pid in {}: a server may run on it, in another "
                          "container or on another host",
                          pgdata.string()),
              fmt::format("Nothing was changed. A server that is stopped removes it, one that "
                          "crashed does not: if none runs anywhere on this directory, rm {}",
                          shell_word(pid_file.string())));
}

Result<std::optional<OldCopy>> look_at_data_directory(RestorePlace& place, Over over) {
  if (const int pid = running_server(place.pgdata)) {
    return fail(ErrorKind::exists,
                fmt::format("{} belongs to a running server (pid {})", place.pgdata.string(), pid),
                "Nothing was changed. Stop it, or choose another --pgdata.");
  }
  if (over != Over::nothing && TRY(holds_anything(place.pgdata))) {
    TRY(check_without_pid_file(place.pgdata));
    place.exists = true;
    place.over_old = true;
    return TRY(look_at_old_copy(place.pgdata, over));
  }
  place.exists = TRY(check_free(place.pgdata));
  return std::nullopt;
}

// The owner of the directory, or of the one above it, is whom root restores for.
Result<> find_owner(RestorePlace& place) {
  if (::geteuid() != 0) return {};
  struct stat facts {};
  const fs::path asked = place.exists ? place.pgdata : place.pgdata.parent_path();
  if (::stat(asked.c_str(), &facts) != 0) return fail_errno("look at", asked.string(), errno);
  if (facts.st_uid == 0) {
    place.owned_by_root = true;
  } else {
    place.owner = FileOwner{facts.st_uid, facts.st_gid};
  }
  return {};
}

class TablespacePlacer {
 public:
  TablespacePlacer(const RestorePlace& place, const std::vector<TablespaceMapping>& mappings,
                   const BackupSummary& backup)
      : place_(place), mappings_(mappings), backup_(backup) {}

  [[nodiscard]] Result<> check_mappings() const {
    for (const auto& mapping : mappings_) {
      const bool known = std::ranges::any_of(backup_.tablespaces, [&](const auto& tablespace) {
        return without_end_slash(tablespace.location) == without_end_slash(mapping.from);
      });
      if (!known) return unknown(mapping, backup_);
      if (std::ranges::count(mappings_, mapping.from, &TablespaceMapping::from) > 1) {
        return fail(ErrorKind::usage, fmt::format("{} is mapped twice", mapping.from));
      }
    }
    return {};
  }

  Result<TablespacePlace> place(const TablespaceRecord& tablespace) {
    const auto mapping = std::ranges::find_if(mappings_, [&](const auto& candidate) {
      return without_end_slash(tablespace.location) == without_end_slash(candidate.from);
    });
    const bool mapped = mapping != mappings_.end();
    TablespacePlace place{tablespace.oid, tablespace.location,
                          without_end_slash(mapped ? mapping->to : tablespace.location)};
    TRY(check_path(place));
    if (place_.over_old && TRY(holds_anything(place.location)) &&
        TRY(is_tablespace_of(place_.pgdata, {place.oid, place.original, place.location, mapped},
                             backup_))) {
      place.exists = true;
      place.over_old = true;
      return place;
    }
    auto free = check_free(place.location);
    if (!free) return mapped ? std::unexpected(free.error()) : in_use(place, free.error());
    place.exists = *free;
    return place;
  }

 private:
  Result<> check_path(const TablespacePlace& place) {
    const std::string location = place.location.string();
    if (!place.location.is_absolute() || location.find('\n') != std::string::npos) {
      return fail(ErrorKind::usage, fmt::format("a tablespace cannot lie in \"{}\"", location),
                  "Say --tablespace OLD=NEW with an absolute path.");
    }
    if (lies_in(place.location, place_.pgdata) || lies_in(place_.pgdata, place.location)) {
      return fail(ErrorKind::usage,
                  fmt::format("tablespace {} cannot lie in {}: data directory and tablespaces must "
                              "be apart",
                              place.original, location),
                  "Say --tablespace OLD=NEW with another folder.");
    }
    if (taken_.insert(place.location).second) return {};
    return fail(ErrorKind::usage, fmt::format("two tablespaces cannot both lie in {}", location),
                "Give each a folder of its own with --tablespace OLD=NEW.");
  }

  static std::unexpected<Error> in_use(const TablespacePlace& place, const Error& why) {
    return fail(
        why.kind, fmt::format("the tablespace's own folder cannot be used: {}", why.cause),
        fmt::format("Nothing was changed. Put it elsewhere: --tablespace {}=/another/folder",
                    place.original));
  }

  static std::unexpected<Error> unknown(const TablespaceMapping& mapping,
                                        const BackupSummary& backup) {
    std::string known;
    for (const auto& tablespace : backup.tablespaces) {
      known += (known.empty() ? "" : ", ") + tablespace.location;
    }
    return fail(ErrorKind::usage,
                fmt::format("backup {} has no tablespace {}", backup.id, mapping.from),
                known.empty() ? "It has no tablespace at all." : "It has: " + known);
  }

  const RestorePlace& place_;
  const std::vector<TablespaceMapping>& mappings_;
  const BackupSummary& backup_;
  std::set<fs::path> taken_;
};

Result<> check_space(RestorePlace& place, const BackupSummary& backup) {
  struct Need {
    std::uint64_t bytes = 0;
    std::uint64_t free_bytes = 0;
    fs::path path;
  };
  std::map<std::uint64_t, Need> needs;  // by file system
  const auto add = [&](const fs::path& path, std::uint64_t bytes) -> Result<std::uint64_t> {
    const FileSystemSpace space = TRY(space_at(path));
    Need& need = needs.try_emplace(space.device, Need{0, space.free_bytes, path}).first->second;
    need.bytes += bytes;
    return space.free_bytes;
  };
  std::uint64_t main = backup.database_size;
  for (const auto& tablespace : place.tablespaces) {
    const auto record =
        std::ranges::find(backup.tablespaces, tablespace.oid, &TablespaceRecord::oid);
    const std::uint64_t size = std::min(record->size, main);
    main -= size;
    TRY(add(tablespace.location, size));
  }
  place.free_bytes = TRY(add(place.pgdata, main));
  for (const auto& [device, need] : needs) {
    if (need.bytes <= need.free_bytes) continue;
    return fail(ErrorKind::local_io,
                fmt::format("{} has {} free, and the files need {}", need.path.string(),
                            human_size(need.free_bytes), human_size(need.bytes)),
                "Nothing was changed. Free some space, or choose another file system.");
  }
  return {};
}

Result<> place_wal(RestorePlace& place, const fs::path& waldir, const BackupSummary& backup) {
  if (!place.over_old) {
    if (waldir.empty()) return {};
    return fail(ErrorKind::usage, fmt::format("there is no old copy in {}", place.pgdata.string()),
                "Leave out --waldir: it names where an old copy's pg_wal leads.");
  }
  place.wal_directory = TRY(wal_directory_of(place.pgdata, waldir, backup));
  if (!place.wal_directory) return {};
  std::vector<fs::path> others{place.pgdata};
  for (const auto& tablespace : place.tablespaces) others.push_back(tablespace.location);
  for (const auto& other : others) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(other, error);
    if (error) return fail_errno("find", other.string(), error.value());
    if (!lies_in(real, *place.wal_directory) && !lies_in(*place.wal_directory, real)) continue;
    return fail(ErrorKind::exists,
                fmt::format("{}/pg_wal leads to {}, and {} must be apart from it",
                            place.pgdata.string(), place.wal_directory->string(), other.string()),
                "Nothing was changed. Remove the link, and pg_wal becomes a directory.");
  }
  return {};
}

Result<> check_nobody_works_in(const RestorePlace& place) {
  std::vector<fs::path> gone_over;
  if (place.over_old) gone_over.push_back(place.pgdata);
  for (const auto& tablespace : place.tablespaces) {
    if (tablespace.over_old) gone_over.push_back(tablespace.location);
  }
  if (place.wal_directory) gone_over.push_back(*place.wal_directory);
  if (gone_over.empty()) return {};
  const auto user = find_directory_user(gone_over);
  if (!user) return {};
  return fail(ErrorKind::exists,
              fmt::format("{} is in use by process {} ({})", user->directory.string(), user->pid,
                          user->program),
              "Nothing was changed. If it is a server, choose another directory or stop it; end "
              "anything else that works there.");
}

}  // namespace

std::optional<HostUser> RestorePlace::server_user() const {
  if (!owner && !owned_by_root) return std::nullopt;
  const passwd* entry = owner ? ::getpwuid(owner->user) : ::getpwnam("postgres");
  if (entry == nullptr) return std::nullopt;
  return HostUser{entry->pw_name, entry->pw_uid, entry->pw_gid};
}

Result<TablespaceMapping> parse_tablespace_mapping(const std::string& text) {
  TablespaceMapping mapping;
  std::string* part = &mapping.from;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '=') {
      *part += text[++i];
    } else if (text[i] == '=' && part == &mapping.from) {
      part = &mapping.to;
    } else {
      *part += text[i];
    }
  }
  if (mapping.from.starts_with('/') && mapping.to.starts_with('/')) return mapping;
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not OLD=NEW with two absolute paths", text),
              "For example: --tablespace /mnt/fast/ts=/mnt/fast/ts-restored");
}

Result<std::optional<OldCopy>> check_data_directory(const fs::path& pgdata, Over over) {
  RestorePlace place;
  place.pgdata = TRY(made_absolute(pgdata));
  return look_at_data_directory(place, over);
}

Result<RestorePlace> check_place(const fs::path& pgdata,
                                 const std::vector<TablespaceMapping>& mappings,
                                 const BackupSummary& backup, Over over, const fs::path& waldir) {
  RestorePlace place;
  place.pgdata = TRY(made_absolute(pgdata));
  const auto old = TRY(look_at_data_directory(place, over));
  if (old) TRY(check_old_copy(place.pgdata, *old, backup, over));
  TRY(find_owner(place));
  TablespacePlacer placer(place, mappings, backup);
  TRY(placer.check_mappings());
  for (const auto& tablespace : backup.tablespaces) {
    if (!fs::path(tablespace.location).is_absolute()) continue;  // in place: within the directory
    place.tablespaces.push_back(TRY(placer.place(tablespace)));
  }
  TRY(place_wal(place, waldir, backup));
  TRY(check_nobody_works_in(place));
  // Over an old copy space comes free as it goes, and how much cannot be told without reading it.
  if (place.over_old) {
    place.free_bytes = TRY(space_at(place.pgdata)).free_bytes;
  } else {
    TRY(check_space(place, backup));
  }
  return place;
}

}  // namespace walden
