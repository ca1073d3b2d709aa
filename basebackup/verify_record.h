// What a verify found, left in the archive for `basebackup status`: an open object of a few lines,
// signed where this host has a signing key.
//
//   <cluster>/<system id>/verify/20261121T031702Z
#pragma once

#include <optional>

#include "basebackup/cluster_status.h"
#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/store/store.h"

namespace walden {

struct VerifyRecord {
  std::string backup;  // id
  bool good = false;
  Instant at;
};

// ErrorKind::exists when another verify ended in the same second.
[[nodiscard]] Result<> write_verify_record(Store& store, const ObjectNames& names,
                                           const VerifyRecord& record, const Sealing& sealing);

// The newest that is undamaged and, where there are trusted signers, signed by one; nothing where
// there is none.
[[nodiscard]] Result<std::optional<VerifyRecord>> read_last_verify(Store& store,
                                                                   const ObjectNames& names,
                                                                   const Opening& opening);

}  // namespace walden
