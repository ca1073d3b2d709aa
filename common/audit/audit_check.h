// Whether the trails hold: nothing was edited, removed, put in or left unsigned.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/audit/audit_objects.h"

namespace walden {

struct AuditMaterial {
  std::string cluster;
  std::string store;                     // URL, as it is configured: what is missing from it
  std::string file;                      // its path, for sentences
  std::vector<StoredAuditLine> objects;  // of the store
  std::vector<std::string> lines;        // of this host's file, read after the objects
  std::size_t settled = 0;  // so many lines were there before: the objects of others may be newer
  // Not empty: an object that none of them signed is a problem.
  std::vector<SignerId> trusted_signers;
};

struct AuditedEntry {
  AuditEntry entry;
  bool in_file = false;
  bool in_store = false;
  std::optional<SignerId> signer;  // of the object
};

struct AuditVerdict {
  std::vector<AuditedEntry> entries;  // of all trails, by time; each once
  std::vector<std::string> problems;  // sentences, each with a line of the file or an object
};

// What cannot be seen: that the newest entries of another host's trail are gone from the store.
[[nodiscard]] AuditVerdict check_audit(const AuditMaterial& material);

}  // namespace walden
