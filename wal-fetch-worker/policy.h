// What doubt leads to: the difference between a recovery and a standby.
//
// In a recovery, doubt must stop the server: any exit code below 126 would mean "the end of the
// archive", and a database with missing changes would be opened. A standby is stopped by such a
// code too, though it could have asked again or been promoted: there an outage may end in 1.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "common/postgres/wal_name.h"
#include "common/program/configuration.h"
#include "common/store/patience.h"

namespace walden {

struct FetchPolicy {
  std::chrono::seconds deadline;
  int exit_code_of_doubt;
  std::string_view effect_of_doubt;
};

// A standby is where standby.signal is, in the data directory that `path` lies in.
//
// When a promotion is completed PostgreSQL asks for its own timeline's history once more, after it
// has removed the signal files (xlog.c, then writeTimeLineHistory). Stopped there, the server would
// not be promoted, and at its next start it would go on writing the old timeline. Its copy of that
// history lies in pg_wal, and PostgreSQL takes it when the answer is 1.
[[nodiscard]] FetchPolicy policy_for(const Configuration& configuration, const WalName& name,
                                     const std::filesystem::path& path);

// Its deadline's; `say` is told of doubt that is being borne, now and then.
[[nodiscard]] Patience patience_of(const FetchPolicy& policy,
                                   const std::function<void(const std::string&)>& say);

// recovery.signal or standby.signal is there.
[[nodiscard]] bool is_in_recovery(const std::filesystem::path& data_directory);

// What can be done about it: of a damaged object, where the file may still be had.
[[nodiscard]] Error with_remedy(Error doubt, const WalName& name);

}  // namespace walden
