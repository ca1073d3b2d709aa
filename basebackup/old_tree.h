// What lies in a data directory that a restore goes over and is not in the backup: it has to go, or
// the copy would be a mixture of two.
//
// Only within the data directory and in the backup's own folders of its tablespaces. Links are not
// followed, but for that of pg_wal where the place says so; what a link leads to, and what is
// mounted below a directory that has to go, is not ours to take away.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "basebackup/manifest_reader.h"
#include "basebackup/restore_place.h"

namespace walden {

class OldTree {
 public:
  // ErrorKind::exists where a directory of the backup is a link, or something is mounted in the
  // way. Memory: 8 bytes for each file of the backup. All references must outlive it.
  [[nodiscard]] static Result<OldTree> look(const RestorePlace& place,
                                            const ManifestFile& manifest);

  [[nodiscard]] std::uint64_t strays() const { return strays_; }  // files
  [[nodiscard]] Result<> remove_strays() const;

 private:
  explicit OldTree(const RestorePlace& place) : place_(&place) {}

  using Visit = std::function<Result<>(const std::filesystem::path&)>;
  [[nodiscard]] Result<> for_each_stray(const Visit& visit) const;
  [[nodiscard]] Result<> walk(const std::filesystem::path& directory, const std::string& path,
                              const Visit& visit) const;
  [[nodiscard]] Result<> look_at(const std::filesystem::directory_entry& entry,
                                 const std::string& path, const Visit& visit) const;
  [[nodiscard]] bool knows(char kind, const std::string& path) const;
  [[nodiscard]] bool is_tablespace(const std::string& path) const;

  const RestorePlace* place_;
  std::vector<std::uint64_t> known_;  // sorted; directories and files of the backup
  std::uint64_t strays_ = 0;
};

}  // namespace walden
