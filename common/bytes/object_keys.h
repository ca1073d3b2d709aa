// The keys of one object: a random data key, sealed to each recipient; from it one key for the
// header's MAC and one for the frames, which is bound to the header (docs/format.md, "Keys").
#pragma once

#include "common/bytes/frame_cipher.h"
#include "common/bytes/sealed_header.h"

namespace walden {

struct NewObject {
  SealedHeader header;
  ObjectKeys keys;
};

// A header for a new object, and the keys to go with it.
[[nodiscard]] Result<NewObject> begin_object(const Sealing& sealing,
                                             const ObjectIdentity& identity);

// Finds this host's stanza, checks the header's MAC. No key or none of the recipients' is
// ErrorKind::configuration; a MAC that does not match is corrupt. `key` may be null.
[[nodiscard]] Result<ObjectKeys> open_object(const SealedHeader& header, const SecretKey* key);

// The first bytes of SHA-256 of the public key: says which key opens without trying each.
[[nodiscard]] RecipientHint hint_of(const Recipient& recipient);

}  // namespace walden
