#include "common/bytes/object_keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "common/bytes/key_derivation.h"

namespace walden {
namespace {

constexpr std::size_t kDataKeySize = 32;
constexpr std::string_view kHeaderPurpose = "walden header";
constexpr std::string_view kPayloadPurpose = "walden payload";

static_assert(sizeof(RecipientStanza::box) == kDataKeySize + crypto_box_SEALBYTES);

Result<> check_sealing(const Sealing& sealing) {
  if (sealing.recipients.size() > kMaxRecipients) {
    return fail(ErrorKind::configuration,
                fmt::format("cannot seal to {} recipients: an object has room for {}",
                            sealing.recipients.size(), kMaxRecipients),
                "Shorten the list of recipients");
  }
  if (!sealing.recipients.empty() && sealing.suite == Suite::checksummed) {
    return fail(ErrorKind::configuration,
                "cannot seal to recipients without a cipher: what they are there for would be lost",
                "Choose a cipher, or remove the recipients");
  }
  return {};
}

Result<RecipientStanza> seal_to(const Recipient& recipient, const Secret& data_key) {
  RecipientStanza stanza{.hint = hint_of(recipient)};
  if (::crypto_box_seal(stanza.box.data(), data_key.view().data(), data_key.size(),
                        recipient.public_key.data()) != 0) {
    return fail(ErrorKind::configuration,
                fmt::format("cannot seal to {}: it is no public key", recipient.to_text()),
                "Make a key pair with: basebackup keygen");
  }
  return stanza;
}

// For a checksummed object (no data key) a plain SHA-256: it finds damage, not malice.
Result<Digest> mac_of(ByteView header, const Secret& data_key) {
  if (data_key.size() == 0) return Sha256::of(header);
  const Secret key = TRY(derive_key(data_key, bytes_of(kHeaderPurpose)));
  return hmac_sha256(key.view(), header);
}

// The header's hash in the derivation binds name, cluster and recipients into every frame.
Result<ObjectKeys> keys_for(const SealedHeader& header, const Secret& data_key) {
  ObjectKeys keys;
  keys.suite = header.suite;
  keys.header_hash = Sha256::of(header.bytes);
  keys.cipher = TRY(fetch_cipher(header.suite));
  if (data_key.size() == 0) return keys;
  const ByteView purpose = bytes_of(kPayloadPurpose);
  Buffer info(purpose.begin(), purpose.end());
  info.insert(info.end(), keys.header_hash.begin(), keys.header_hash.end());
  keys.payload_key = TRY(derive_key(data_key, info));
  return keys;
}

std::string recipients_of(const SealedHeader& header) {
  std::vector<std::string> hints;
  hints.reserve(header.stanzas.size());
  for (const auto& stanza : header.stanzas) hints.push_back(to_hex(stanza.hint));
  return fmt::format("{} recipient{} ({} {})", hints.size(), hints.size() == 1 ? "" : "s",
                     hints.size() == 1 ? "hint" : "hints", fmt::join(hints, ", "));
}

std::unexpected<Error> no_key_for(const SealedHeader& header, std::string_view instead) {
  return fail(
      ErrorKind::configuration,
      fmt::format("it is sealed to {}, {}", recipients_of(header), instead),
      "Give the file of a secret key that opens it: key_file in walden.toml, or --key-file");
}

Result<Secret> open_data_key(const SealedHeader& header, const SecretKey* key) {
  if (key == nullptr) return no_key_for(header, "and this host has no secret key");
  const Recipient own = key->recipient();
  const RecipientHint hint = hint_of(own);
  bool addressed = false;
  for (const auto& stanza : header.stanzas) {
    if (stanza.hint != hint) continue;
    addressed = true;
    Secret data_key(kDataKeySize);
    if (::crypto_box_seal_open(data_key.writable().data(), stanza.box.data(), stanza.box.size(),
                               own.public_key.data(), key->bytes().data()) == 0) {
      return data_key;
    }
  }
  if (!addressed) return no_key_for(header, "not to this host's key (hint " + to_hex(hint) + ")");
  return fail(ErrorKind::corrupt,
              "its header is damaged: the box for this host's key does not open");
}

}  // namespace

RecipientHint hint_of(const Recipient& recipient) {
  const Digest digest = Sha256::of(recipient.public_key);
  RecipientHint hint;
  std::copy_n(digest.begin(), hint.size(), hint.begin());
  return hint;
}

Result<NewObject> begin_object(const Sealing& sealing, const ObjectIdentity& identity) {
  TRY(check_sealing(sealing));
  NewObject object;
  auto& header = object.header;
  header.identity = identity;
  ::randombytes_buf(header.object_id.data(), header.object_id.size());
  Secret data_key;
  if (!sealing.recipients.empty()) {
    header.suite = sealing.suite;
    data_key = Secret(kDataKeySize);
    ::randombytes_buf(data_key.writable().data(), data_key.size());
  }
  for (const auto& recipient : sealing.recipients) {
    header.stanzas.push_back(TRY(seal_to(recipient, data_key)));
  }
  TRY(encode_header(header));
  const Digest mac = TRY(mac_of(header.bytes, data_key));
  header.bytes.insert(header.bytes.end(), mac.begin(), mac.end());
  object.keys = TRY(keys_for(header, data_key));
  return object;
}

Result<ObjectKeys> open_object(const SealedHeader& header, const SecretKey* key) {
  const Secret data_key =
      header.suite == Suite::checksummed ? Secret() : TRY(open_data_key(header, key));
  const Digest mac = TRY(mac_of(header.before_mac(), data_key));
  if (::sodium_memcmp(mac.data(), header.mac().data(), mac.size()) != 0) {
    return fail(ErrorKind::corrupt, "its header is damaged: its MAC does not match");
  }
  return keys_for(header, data_key);
}

}  // namespace walden
