// wal-fetch between the command line and the exit code.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/archive/wal_archive.h"
#include "common/program/configuration.h"
#include "common/store/patience.h"

namespace walden {

// Where to fetch from, and how to open it. A source that cannot be made out is an error that no
// further try mends.
struct Source {
  std::unique_ptr<Store> store;
  std::string cluster;
  Opening opening;
};
// `deadline`: how long there is for all tries together.
[[nodiscard]] Result<Source> open_source(const Configuration& configuration,
                                         std::chrono::seconds deadline);

struct FetchRequest {
  WalName name;
  std::filesystem::path path;
};

// One try: the verified file is at `path`, or nothing has been changed there.
[[nodiscard]] Result<> fetch_file(const Source& source, const FetchRequest& request);

// Tries until there is an answer, or no patience left. ErrorKind::absent is an answer.
[[nodiscard]] Result<> fetch_patiently(const Source& source, const FetchRequest& request,
                                       Patience patience);

}  // namespace walden
