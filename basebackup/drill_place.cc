#include "basebackup/drill_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "basebackup/drill_remains.h"
#include "basebackup/empty_directory.h"
#include "common/program/human.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSocketPath = 107;  // sun_path, less its end

std::unexpected<Error> refuse(std::string cause) {
  return fail(ErrorKind::exists, std::move(cause),
              "Nothing was changed. Choose an empty directory that is used for nothing else: "
              "--scratch, or directory below [drill].");
}

bool is_there(const fs::path& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0;
}

bool holds_tablespace(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto digits = name.find_first_not_of("0123456789", 3);
    if (name.starts_with("PG_") && digits != 3 && digits != std::string::npos &&
        name[digits] == '_') {
      return true;
    }
  }
  return false;
}

// From the directory up to the root: none of them may belong to a server.
Result<> check_not_live(const fs::path& scratch) {
  for (fs::path path = scratch;; path = path.parent_path()) {
    const std::string relation = path == scratch ? "is" : "lies in " + path.string() + ", which is";
    if (const int pid = running_server(path)) {
      return refuse(fmt::format("{} {} the data directory of a running server (pid {})",
                                scratch.string(), relation, pid));
    }
    if (is_there(path / "PG_VERSION") || is_there(path / "global/pg_control")) {
      return refuse(fmt::format("{} {} a data directory", scratch.string(), relation));
    }
    if (holds_tablespace(path)) {
      return refuse(fmt::format("{} {} a tablespace", scratch.string(), relation));
    }
    if (path == path.root_path()) return {};
  }
}

Result<fs::path> real_directory(const fs::path& scratch) {
  std::error_code error;
  const fs::path real = fs::canonical(scratch, error);
  if (!error && fs::is_directory(real, error)) return real;
  return fail(ErrorKind::configuration,
              fmt::format("the scratch directory {} is not there", scratch.string()),
              fmt::format("Make it, for the user that PostgreSQL runs as: install -d -o postgres "
                          "-m 0700 {}",
                          scratch.string()));
}

// PostgreSQL does not run as root.
Result<std::optional<HostUser>> server_user(const fs::path& scratch) {
  if (::geteuid() != 0) return std::nullopt;
  struct stat facts {};
  if (::stat(scratch.c_str(), &facts) != 0) return fail_errno("look at", scratch.string(), errno);
  const passwd* entry = facts.st_uid != 0 ? ::getpwuid(facts.st_uid) : ::getpwnam("postgres");
  if (entry == nullptr) {
    return fail(ErrorKind::configuration,
                "PostgreSQL does not run as root, and there is no user postgres to run it as",
                fmt::format("Give the scratch directory to a user, or run the drill as one: chown "
                            "USER {}",
                            scratch.string()));
  }
  HostUser user{entry->pw_name, entry->pw_uid, entry->pw_gid};
  if (TRY(lacking_access(user, {{scratch, X_OK}})).empty()) return user;
  return fail(ErrorKind::denied, fmt::format("{} may not enter {}", user.name, scratch.string()),
              fmt::format("Give it to the user that PostgreSQL runs as: chown {} {}", user.name,
                          scratch.string()));
}

Result<> check_socket_path(const fs::path& path) {
  if ((path / ".s.PGSQL.5432.lock").native().size() <= kMostSocketPath) return {};
  return fail(ErrorKind::configuration,
              fmt::format("{} is too long for the name of a socket", path.string()),
              "Choose a scratch directory with a shorter path.");
}

}  // namespace

Result<DrillPlace> DrillPlace::create(const fs::path& scratch, const std::string& drill_id) {
  const fs::path root = TRY(real_directory(scratch));
  TRY(check_not_live(root));
  auto user = TRY(server_user(root));
  DrillPlace place(root / (std::string(kDrillFolder) + drill_id), std::move(user));
  TRY(check_socket_path(place.sockets()));
  place.cleared_ = TRY(clear_remains(root));
  TRY(place.make());
  return place;
}

fs::path DrillPlace::tablespace(std::uint32_t oid) const {
  return path_ / "tablespaces" / std::to_string(oid);
}

Result<> DrillPlace::make_folder(const fs::path& folder) const {
  if (::mkdir(folder.c_str(), 0700) != 0) return fail_errno("create", folder.string(), errno);
  if (user_ && ::chown(folder.c_str(), user_->user, user_->group) != 0) {
    return fail_errno("give away", folder.string(), errno);
  }
  return {};
}

Result<> DrillPlace::make() {
  TRY(make_folder(path_));
  marker_ = TRY(lock_new_marker(path_));
  TRY(make_folder(sockets()));
  return make_folder(path_ / "tablespaces");
}

DrillPlace::~DrillPlace() {
  (void)remove();
}

Result<> DrillPlace::remove() {
  if (!marker_) return {};
  TRY(remove_remains(path_));
  marker_.reset();
  return {};
}

Result<> DrillPlace::keep() {
  TRY(mark_as_kept(marker_.get(), path_));
  marker_.reset();
  return {};
}

std::uint64_t wal_reserve(std::uint64_t database_size, std::uint64_t wal_bytes) {
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  return std::min(wal_bytes, std::max(database_size / 5, kGigabyte));
}

Result<> check_room(const fs::path& path, std::uint64_t database_size, std::uint64_t wal_bytes) {
  const std::uint64_t free_bytes = TRY(space_at(path)).free_bytes;
  const std::uint64_t reserve = wal_reserve(database_size, wal_bytes);
  if (database_size + reserve <= free_bytes) return {};
  return fail(ErrorKind::local_io,
              fmt::format("{} has {} free; the files need {}, and replay {} more", path.string(),
                          human_size(free_bytes), human_size(database_size), human_size(reserve)),
              "Nothing was restored. Free some space, or choose another file system with "
              "--scratch.");
}

}  // namespace walden
