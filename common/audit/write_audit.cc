#include "common/audit/write_audit.h"

#include "common/audit/audit_file.h"
#include "common/audit/audit_objects.h"

namespace walden {

// The store first: the line says for ever whether it is there. Both under the file's lock, so that
// the chains have one order.
Result<std::optional<Error>> write_audit(const AuditPlace& place, const AuditEvent& event) {
  AuditFile file = TRY(AuditFile::open(place.directory));
  std::optional<Error> not_stored;
  if (place.store != nullptr) {
    const std::string object = new_audit_object(event);
    const std::string line = to_line({event, file.next(place.store_url, object)});
    const auto stored =
        store_audit_line(*place.store, event.cluster, object, line, place.signing_key);
    if (stored) {
      TRY(file.append(line));
      return not_stored;
    }
    not_stored = stored.error();
  }
  TRY(file.append(to_line({event, file.next(place.store_url, {})})));
  return not_stored;
}

}  // namespace walden
