// What a server held while it was backed up, as far as a person wants to know it before a restore:
// settings that the restored server must match, databases with their extensions, and a digest of
// each schema.
//
// Stored beside the manifest as a sealed object, <…>/backup/<id>/server, whose plaintext is one
// JSON object (docs/manifest.md). Nothing of a restore depends on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/store/store.h"

namespace walden {

struct ExtensionRecord {
  std::string name;
  std::string version;
};

struct DatabaseRecord {
  std::string name;
  std::string encoding;         // "UTF8"
  std::string collation;        // LC_COLLATE
  std::string character_type;   // LC_CTYPE
  std::string locale_provider;  // "libc", "icu", "builtin"
  std::string locale;           // of the other providers than libc
  std::string collation_version;
  // The rest is asked within the database itself. Without it `not_recorded` says why.
  std::optional<std::uint64_t> size;  // bytes
  std::uint64_t definitions = 0;      // that the digest is of
  std::string schema_digest;          // SHA-256, hex; see schema_query.h
  std::vector<ExtensionRecord> extensions;
  std::string not_recorded;
};

struct ServerRecord {
  std::map<std::string, std::string> settings;  // as SHOW prints them: "128MB"
  std::vector<DatabaseRecord> databases;        // by name
  std::string not_recorded;  // why something of the server itself is missing; a sentence, or empty
};

[[nodiscard]] std::string to_json(const ServerRecord& record);
// ErrorKind::corrupt for anything else; ErrorKind::configuration for a newer version, with the
// remedy to upgrade. Keys that are not known are passed over.
[[nodiscard]] Result<ServerRecord> parse_server_record(std::string_view json);

[[nodiscard]] Result<> write_server_record(Store& store, const ObjectNames& names,
                                           const std::string& backup_id, const ServerRecord& record,
                                           const Sealing& sealing);
// ErrorKind::absent where there is none: of an earlier Walden's backup.
[[nodiscard]] Result<ServerRecord> read_server_record(Store& store, const ObjectNames& names,
                                                      const std::string& backup_id,
                                                      const Opening& opening);

}  // namespace walden
