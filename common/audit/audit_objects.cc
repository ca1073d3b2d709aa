#include "common/audit/audit_objects.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "common/archive/object_names.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

// The trail is the cluster's, not one system's: a restore can be of any.
ObjectIdentity identity_of(const std::string& cluster, const std::string& object) {
  return ObjectNames(cluster, 0).identity(object);
}

Result<StoredAuditLine> read_line(Store& store, const std::string& cluster,
                                  const std::string& object) {
  StoredAuditLine stored;
  stored.object = object;
  BufferSink plaintext(kMaxAuditLine);
  const Opening anyone{.threads = 1};
  SealedReader reader(anyone, identity_of(cluster, object), plaintext);
  Result<> read = store.read(object, {}, reader);
  if (read) {
    const auto summary = reader.finish();
    if (summary) {
      stored.signer = summary->signer;
      stored.line = text_of(plaintext.buffer());
      return stored;
    }
    read = std::unexpected(summary.error());
  }
  const ErrorKind kind = read.error().kind;
  if (kind != ErrorKind::corrupt && kind != ErrorKind::configuration) {
    return std::unexpected(std::move(read).error());
  }
  stored.damaged = read.error().cause;
  return stored;
}

}  // namespace

std::string new_audit_object(const AuditEvent& event) {
  return audit_object_name(event.cluster, event.time, event.host, ::randombytes_random());
}

Result<> store_audit_line(Store& store, const std::string& cluster, const std::string& object,
                          const std::string& line, std::shared_ptr<const SigningKey> signing_key) {
  const Sealing sealing{.signing_key = std::move(signing_key), .threads = 1};
  auto upload = TRY(store.create(object));
  auto sealed = TRY(SealedWriter::create(sealing, identity_of(cluster, object), *upload));
  TRY(sealed->write(bytes_of(line)));
  TRY(sealed->finish());
  return upload->commit();
}

Result<std::vector<StoredAuditLine>> read_audit_objects(Store& store, const std::string& cluster) {
  std::vector<std::string> objects;
  TRY(store.list({audit_prefix(cluster), {}}, [&](const ObjectEntry& entry) -> Result<> {
    objects.push_back(entry.name);
    return {};
  }));
  std::vector<StoredAuditLine> lines;
  for (const auto& object : objects) lines.push_back(TRY(read_line(store, cluster, object)));
  return lines;
}

}  // namespace walden
