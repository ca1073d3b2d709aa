// The keys and the identity of the test vectors (tests/bytes/vectors): the same at each run.
#pragma once

#include "common/bytes/sealed_reader.h"

namespace walden::testing {

[[nodiscard]] const ObjectIdentity& vector_identity();
// What all of them hold.
[[nodiscard]] const Buffer& vector_plaintext();
[[nodiscard]] const SignerId& vector_signer();
// With the secret key; trusts the vectors' signer alone.
[[nodiscard]] const Opening& vector_opening();
// To the vectors' recipient, signed by their signer.
[[nodiscard]] Sealing vector_sealing(Suite suite);

// From now on every "random" byte is the same at each run: an input must mean the same when it is
// run again.
void make_randomness_repeat();

}  // namespace walden::testing
