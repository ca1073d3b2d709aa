// Adds an entry to the trail: to this host's file, and to the store.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "common/audit/audit_entry.h"
#include "common/bytes/keys.h"
#include "common/store/store.h"

namespace walden {

struct AuditPlace {
  std::filesystem::path directory;                // where the file lies
  std::string store_url;                          // as it is configured
  Store* store = nullptr;                         // null: the file only
  std::shared_ptr<const SigningKey> signing_key;  // may be null
};

// The error that kept it out of the store, where it is in the file all the same. An Error is of the
// file: then it is nowhere, or only in the store.
[[nodiscard]] Result<std::optional<Error>> write_audit(const AuditPlace& place,
                                                       const AuditEvent& event);

}  // namespace walden
