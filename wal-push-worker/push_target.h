// Where segments go, and how one gets there.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "common/bytes/sealed_object.h"
#include "common/postgres/wal_name.h"
#include "common/program/configuration.h"
#include "common/store/store.h"

namespace walden {

// May be used by several threads at once.
struct PushTarget {
  std::unique_ptr<Store> store;
  std::string cluster;
  Sealing sealing;
};

using Say = std::function<void(const std::string& text)>;

// `say`: see open_configured_store.
[[nodiscard]] Result<PushTarget> open_target(const Configuration& configuration, Say say);

struct PushCompany {
  // Something a person should know of a push that succeeds.
  Say say;
  // The segment is sealed, and so many bytes of it wait for the store's acknowledgement.
  std::function<void(std::uint64_t stored_size)> sealed;
  unsigned threads = 1;  // that seal
};

// Success only when the store holds the very content of the file, durably.
[[nodiscard]] Result<> push_file(const PushTarget& target, const std::filesystem::path& path,
                                 const WalName& name, const PushCompany& company);

}  // namespace walden
