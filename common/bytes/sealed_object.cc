#include "common/bytes/sealed_object.h"

#include "common/bytes/key_derivation.h"
#include "common/bytes/little_endian.h"

namespace walden {
namespace {

void append_text(Buffer& out, std::string_view text) {
  append_le(out, static_cast<std::uint16_t>(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

Digest content_id(const ObjectIdentity& identity, const Digest& plaintext_digest) {
  Buffer key;
  append_text(key, "walden content");
  append_text(key, identity.cluster);
  append_le(key, identity.system_identifier);
  append_text(key, identity.name);
  return hmac_sha256(key, plaintext_digest);
}

}  // namespace walden
