// Sealed objects of a few lines that every host may read: checksummed and not encrypted, so that no
// secret key is needed, and signed where the host has a signing key.
#pragma once

#include <string>
#include <string_view>

#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/store/store.h"

namespace walden {

// ErrorKind::exists if there is one already.
[[nodiscard]] Result<> write_small_object(Store& store, const ObjectNames& names,
                                          const std::string& object, std::string_view content,
                                          const Sealing& sealing);

// At most 1 MiB. ErrorKind::corrupt where it is damaged, or signed by nobody that is trusted.
[[nodiscard]] Result<std::string> read_small_object(Store& store, const ObjectNames& names,
                                                    const std::string& object,
                                                    const Opening& opening);

}  // namespace walden
