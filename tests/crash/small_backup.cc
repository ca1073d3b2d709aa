#include "tests/crash/small_backup.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

#include "basebackup/manifest.h"
#include "common/bytes/sha256.h"
#include "common/store/directory_store.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

// One of each kind: empty, small, of several pages; and one of a tablespace.
bool is_kept(const FileRecord& file, int& of_database, int& of_tablespace) {
  static const std::set<std::string> named = {
      "PG_VERSION",      "backup_label",      "tablespace_map",         "postgresql.auto.conf",
      "postgresql.conf", "global/pg_control", "global/pg_filenode.map", "backup_manifest"};
  if (named.contains(file.path)) return true;
  if (file.path.starts_with("base/1/")) return ++of_database <= 3;
  if (file.path.starts_with("pg_tblspc/") && file.size > 0) return ++of_tablespace <= 1;
  return false;
}

bool holds_a_file(const DirectoryRecord& directory, const std::vector<FileRecord>& files) {
  return std::ranges::any_of(
      files, [&](const FileRecord& file) { return file.path.starts_with(directory.path + "/"); });
}

std::string without_time(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# Written by Walden's basebackup restore")) kept += line + "\n";
  }
  return kept;
}

void add_tree(SmallBackup::Tree& tree, const fs::path& root, const fs::path& folder) {
  if (!fs::exists(folder)) return;
  tree[folder.lexically_relative(root)] = "directory";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == ".walden-restore") continue;
    std::string& what = tree[entry.path().lexically_relative(root)];
    if (entry.is_symlink()) {
      what = "link to " + fs::read_symlink(entry.path()).native();
    } else if (entry.is_directory()) {
      what = "directory";
    } else {
      const std::string content = without_time(read_text(entry.path()));
      what = content.empty() ? "empty" : "file " + to_hex(Sha256::of(bytes_of(content)));
    }
  }
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

SmallBackup::SmallBackup() : cluster_(ClusterSetup{.server = {.segment_megabytes = 1}}) {
  (void)cluster_.new_folder("place");
  original_space_ = cluster_.new_folder("original");
  cluster_.primary().sql("create tablespace space location '" + original_space_.string() + "'");
  cluster_.primary().sql("create table far tablespace space as select generate_series(1, 99) as n");
  const std::string id = cluster_.take_backup();
  cluster_.primary().archive_current_segment();
  cluster_.lose_primary();
  leave_few_files(id);
}

void SmallBackup::leave_few_files(const std::string& id) const {
  const std::string object = cluster_.backup_object(id, "manifest");
  const std::string below_cluster = object.substr(object.find('/') + 1);
  const ObjectNames names("orders", std::stoull(below_cluster));
  DirectoryStore store(cluster_.store_directory());
  Manifest manifest = must(read_manifest(store, names, id, {}));
  int of_database = 0;
  int of_tablespace = 0;
  std::erase_if(manifest.files,
                [&](const FileRecord& file) { return !is_kept(file, of_database, of_tablespace); });
  std::erase_if(manifest.directories, [&](const DirectoryRecord& directory) {
    return directory.path != "pg_wal" && directory.path != "pg_tblspc" &&
           !holds_a_file(directory, manifest.files);
  });
  fs::remove(store.root() / object);
  must(write_manifest(store, names, manifest, {}));
  give_to_server_user(store.root() / object);
}

Command SmallBackup::restore_with(Arguments options) const {
  const std::string moved = original_space_.string() + "=" + tablespace().string();
  for (const auto& option :
       {std::string("--threads"), std::string("1"), std::string("--tablespace"), moved}) {
    options.push_back(option);
  }
  return cluster_.restore_command(pgdata(), options);
}

Command SmallBackup::restore() const {
  return restore_with({});
}

Command SmallBackup::resume() const {
  return restore_with({"--resume"});
}

void SmallBackup::remove_restored() const {
  fs::remove_all(pgdata());
  fs::remove_all(tablespace());
}

SmallBackup::Tree SmallBackup::restored_in(const fs::path& place) {
  Tree tree;
  for (const char* folder : {"restored", "space"}) add_tree(tree, place, place / folder);
  return tree;
}

}  // namespace walden::testing
