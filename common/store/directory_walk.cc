#include "common/store/directory_walk.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/bytes/error.h"
#include "common/store/absence.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  Walk(const fs::path& root, const ListRequest& request, const Store::Visitor& visit)
      : root_(root), request_(request), visit_(visit) {}

  Result<> run() {
    const auto slash = request_.prefix.rfind('/');
    const std::string folder =
        slash == std::string::npos ? std::string() : request_.prefix.substr(0, slash + 1);
    struct stat status {};
    if (::stat((root_ / folder).c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return check_absence(root_, folder);
      return fail_errno("look at", (root_ / folder).native(), errno);
    }
    if (!S_ISDIR(status.st_mode)) return check_absence(root_, folder);
    for (std::size_t end = 0; end < folder.size(); end = folder.find('/', end) + 1) {
      TRY(enter(folder.substr(0, end)));
    }
    return visit_folder(folder);
  }

 private:
  // Full names; those of folders end in '/', which is what they are sorted by.
  [[nodiscard]] Result<std::vector<std::string>> names_in(const std::string& folder) const {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator entry(root_ / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename();
      if (!valid_object_name(name)) continue;
      std::error_code unknown;
      const bool is_folder = entry->is_directory(unknown);
      if (!unknown) {
        names.push_back(folder + name + (is_folder ? "/" : ""));
      } else if (may_hold_wanted(folder + name + "/")) {
        TRY(check_gone(entry->path(), unknown.value()));
      }
    }
    // What the parent has just listed: to pass over it would make a listing with a hole, unless
    // expire has emptied and removed it since. The root is nobody's to remove.
    if (error.value() == ENOENT && !folder.empty()) {
      TRY(check_gone(path_of(folder), ENOENT));
    } else if (error) {
      return fail_errno("list", (root_ / folder).native(), error.value());
    }
    std::ranges::sort(names);
    return names;
  }

  Result<> visit_folder(const std::string& folder) {
    TRY(enter(folder));
    for (const std::string& name : TRY(names_in(folder))) {
      if (name.ends_with('/')) {
        if (may_hold_wanted(name)) TRY(visit_folder(name));
      } else if (name.starts_with(request_.prefix) && name > request_.start_after) {
        TRY(visit_file(name));
      }
    }
    way_.pop_back();
    return {};
  }

  // Without the '/' at the end, behind which lstat(2) follows a link.
  [[nodiscard]] fs::path path_of(const std::string& folder) const {
    return root_ / folder.substr(0, folder.size() - 1);
  }

  // One that is gone by now is told of when it is listed.
  Result<> enter(const std::string& folder) {
    const fs::path path = folder.empty() ? root_ : path_of(folder);
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 && (errno != ENOENT || folder.empty())) {
      return fail_errno("look at", path.native(), errno);
    }
    way_.push_back({path, status.st_dev, status.st_ino});
    return {};
  }

  // Removed from the file system that the walk began on; not hidden because that was unmounted, or
  // another was mounted over it.
  [[nodiscard]] Result<> check_gone(const fs::path& path, int error_number) const {
    TRY(check_removed(path, error_number));
    for (auto folder = way_.rbegin(); folder != way_.rend(); ++folder) {
      struct stat status {};
      if (::stat(folder->path.c_str(), &status) == 0) {
        if (status.st_dev == folder->device && status.st_ino == folder->inode) return {};
        break;
      }
      if (errno != ENOENT || folder->path == root_) break;
    }
    return fail(ErrorKind::local_io,
                fmt::format("{} was there and is not any more, and neither is the folder that it "
                            "was in",
                            path.native()),
                "Is the store's file system mounted?");
  }

  [[nodiscard]] bool may_hold_wanted(const std::string& folder) const {
    const bool in_prefix =
        folder.starts_with(request_.prefix) || request_.prefix.starts_with(folder);
    return in_prefix && (folder > request_.start_after || request_.start_after.starts_with(folder));
  }

  Result<> visit_file(const std::string& name) {
    const fs::path path = root_ / name;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return check_gone(path, errno);
    if (!S_ISREG(status.st_mode)) return no_regular_file(path);
    return visit_({name, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec});
  }

  struct Entered {
    fs::path path;
    dev_t device = 0;
    ino_t inode = 0;
  };

  const fs::path& root_;
  const ListRequest& request_;
  const Store::Visitor& visit_;
  std::vector<Entered> way_;  // from the root to the folder that is being listed
};

}  // namespace

Result<> walk_directory(const fs::path& root, const ListRequest& request,
                        const Store::Visitor& visit) {
  return Walk(root, request, visit).run();
}

}  // namespace walden
