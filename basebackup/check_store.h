// `basebackup check`: the store's part that is the same for every kind of store.
#pragma once

#include <chrono>

#include "basebackup/check_fact.h"
#include "basebackup/check_server.h"
#include "common/program/configuration.h"
#include "common/store/store.h"

namespace walden {

// Opens the store and asks it everything: facts "store" and "marker", then those of its kind
// (check_directory.h, check_s3.h). Where the store does not answer, the others are not asked.
[[nodiscard]] Facts check_store(const Configuration& configuration, const ServerLook& server);

// Judgement of "marker". `own_system`: has the archive anything of the server's own system? Only of
// interest where the marker is of another one.
[[nodiscard]] Fact judge_marker(std::uint64_t marker_system, std::optional<std::uint64_t> server,
                                bool own_system);

}  // namespace walden
