// A real backup in a real archive, of which only a handful of files is left: restoring it makes
// each kind of system call that a restore makes, but not a thousand times.
#pragma once

#include <map>
#include <string>

#include "tests/scenarios/archived_cluster.h"

namespace walden::testing {

class SmallBackup {
 public:
  SmallBackup();

  [[nodiscard]] std::filesystem::path place() const { return cluster_.folder() / "place"; }
  [[nodiscard]] std::filesystem::path pgdata() const { return place() / "restored"; }
  [[nodiscard]] std::filesystem::path tablespace() const { return place() / "space"; }
  [[nodiscard]] Command restore() const;  // into pgdata() and tablespace()
  [[nodiscard]] Command resume() const;   // the same with --resume
  void remove_restored() const;

  // What lies in both, by its path: its kind and its content's digest. The line that has the time
  // of the restore in it is left out, and so is the restore's claim.
  using Tree = std::map<std::string, std::string>;
  [[nodiscard]] Tree restored() const { return restored_in(place()); }
  [[nodiscard]] static Tree restored_in(const std::filesystem::path& place);

 private:
  [[nodiscard]] Command restore_with(Arguments options) const;
  void leave_few_files(const std::string& id) const;

  ArchivedCluster cluster_;
  std::filesystem::path original_space_;
};

}  // namespace walden::testing
