// wal-fetch between the command line and the exit code.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "common/archive/wal_archive.h"
#include "common/program/configuration.h"
#include "common/store/patience.h"

namespace walden {

// Where to fetch from, and how to open it. A source that cannot be made out is an error that no
// further try mends. May be used by several threads at once.
struct Source {
  std::unique_ptr<Store> store;
  std::string cluster;
  Opening opening;
};

// `deadline`: how long there is for all tries together. `say`: see open_configured_store.
[[nodiscard]] Result<Source> open_source(const Configuration& configuration,
                                         std::chrono::seconds deadline,
                                         std::function<void(const std::string& text)> say);

struct FetchRequest {
  WalName name;
  std::filesystem::path data_directory;  // whose server asks
  unsigned threads = 1;                  // that open frames
};

// Only a success means that what the sink got is whole and verified.
[[nodiscard]] Result<SealedSummary> fetch_into(const Source& source, const FetchRequest& request,
                                               ByteSink& sink);

// Neither a success nor doubt: ErrorKind::absent is an answer, and so is usage.
[[nodiscard]] bool is_answer(const Error& error);

// Tries until there is a success or what `is_final` says is not to be tried again, or no patience
// left.
[[nodiscard]] Result<> try_patiently(const std::function<Result<>()>& attempt, Patience patience,
                                     bool (*is_final)(const Error&));

}  // namespace walden
