// The trail in the store: one object for each entry, <cluster>/audit/<time>-<host>-<random>. They
// are sealed to nobody, so that who may look at the store may look at them, and signed where the
// host has a signing key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/audit/audit_entry.h"
#include "common/bytes/sealed_object.h"
#include "common/store/store.h"

namespace walden {

// A new name, by chance no other's.
[[nodiscard]] std::string new_audit_object(const AuditEvent& event);

// Creates the object that `line`, an entry of `cluster`, names.
[[nodiscard]] Result<> store_audit_line(Store& store, const std::string& cluster,
                                        const std::string& object, const std::string& line,
                                        std::shared_ptr<const SigningKey> signing_key);

struct StoredAuditLine {
  std::string object;
  std::string line;
  std::optional<SignerId> signer;
  std::string damaged;  // why there is no line
};

// All of the cluster's, by name and so by time; a damaged one is no error. One request for each.
[[nodiscard]] Result<std::vector<StoredAuditLine>> read_audit_objects(Store& store,
                                                                      const std::string& cluster);

}  // namespace walden
