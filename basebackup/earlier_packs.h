// The packs of earlier backups that this host remembers: which of them a new backup may refer to.
//
// Those whose bytes are still in the store and not condemned (the backup that stored them may have
// gone: `basebackup expire` leaves packs that others refer to), and of which enough is still in
// use: a pack of which hardly anything is needed would keep a whole old backup's space, so what is
// still needed of it is stored anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "basebackup/file_runs.h"
#include "common/archive/object_names.h"
#include "common/store/store.h"

namespace walden {

class EarlierPacks {
 public:
  // Less than this share of a pack's bytes in use: it is not referred to any more.
  static constexpr std::uint64_t kLeastPercentInUse = 25;

  EarlierPacks() = default;
  // `in_use`: bytes of files in each pack, by its number.
  EarlierPacks(std::vector<PackRecord> packs, const std::map<std::uint32_t, std::uint64_t>& in_use);

  // Looks at each object and its backup's mark once. A pack that is positively not there, or of
  // another size, is not referred to, nor are the others of its backup; any other answer is an
  // error.
  [[nodiscard]] Result<> look(Store& store, const ObjectNames& names);

  // Once more at those that are referred to: ErrorKind::transient where one has gone meanwhile.
  [[nodiscard]] Result<> look_again(Store& store, const ObjectNames& names) const;

  [[nodiscard]] bool may_refer(const FileRun& run) const;
  [[nodiscard]] bool all_of(std::span<const FileRun> runs) const;
  void note(std::span<const FileRun> runs);  // a file of the new backup lies there

  [[nodiscard]] std::vector<PackRecord> referred() const;  // by number
  [[nodiscard]] std::vector<std::string> backups() const;  // their ids, ascending
  [[nodiscard]] std::uint32_t last_number() const;         // 0: there are none
  [[nodiscard]] bool any_usable() const;

 private:
  struct Earlier {
    PackRecord record;
    std::string backup;
    bool usable = true;
    bool referred = false;
  };
  std::map<std::uint32_t, Earlier> packs_;
};

// The id out of ".../backup/<id>/pack-0001"; empty for any other name.
[[nodiscard]] std::string backup_id_of_pack(std::string_view object_name);

}  // namespace walden
