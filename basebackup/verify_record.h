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

// The one that was stored last of those that are undamaged and, where there are trusted signers,
// signed by one.
struct LastVerify {
  std::optional<VerifyRecord> record;
  std::string not_believed;  // the name of one that was stored after it, damaged or forged
};
[[nodiscard]] Result<LastVerify> read_last_verify(Store& store, const ObjectNames& names,
                                                  const Opening& opening);

}  // namespace walden
