// `basebackup check`: what only a directory store has to answer.
#pragma once

#include "basebackup/check_fact.h"
#include "basebackup/check_server.h"
#include "common/store/directory_store.h"

namespace walden {

// Facts "create", "space" and "place". For "create" a file is made in the cluster's folder the way
// objects are, and removed again; its name is that of a temporary, which no listing shows. Where
// there is no folder yet it is not asked: only `basebackup init` makes one.
[[nodiscard]] Facts check_directory(const DirectoryStore& store, const std::string& cluster,
                                    const ServerLook& server);

}  // namespace walden
