#include "basebackup/check_keys.h"

#include <algorithm>

#include "common/bytes/key_file.h"
#include "common/program/human.h"
#include "common/program/passphrase.h"

namespace walden {
namespace {

constexpr std::string_view kRecipients = "recipients";
constexpr std::string_view kKey = "key";
constexpr std::string_view kSigning = "signing";

// Their text was checked when the settings were loaded.
std::vector<Recipient> recipients_of(const Configuration& configuration) {
  std::vector<Recipient> recipients;
  for (const auto& text : configuration.recipients) {
    if (const auto recipient = Recipient::parse(text)) recipients.push_back(*recipient);
  }
  return recipients;
}

Fact judge_recipients(std::size_t count) {
  if (count > 0)
    return good(kRecipients, "objects are sealed to " + human_count(count, "recipient"));
  return warning(kRecipients,
                 "none: objects are not sealed, whoever reads the store reads the data",
                 "basebackup keygen FILE; then set recipients");
}

std::optional<Result<Recipient>> own_recipient(const Configuration& configuration) {
  if (configuration.key_file.empty()) return std::nullopt;
  const auto key =
      read_secret_key(configuration.key_file, passphrase_source(configuration.passphrase_file));
  if (!key) return std::unexpected(key.error());
  return key->recipient();
}

Fact check_signing(const Configuration& configuration) {
  if (configuration.signing_key_file.empty()) {
    return good(kSigning, "no signing key is configured: what this host writes is not signed");
  }
  const auto key = read_signing_key(configuration.signing_key_file,
                                    passphrase_source(configuration.passphrase_file));
  if (!key) return failing(kSigning, key.error());
  const std::string signer = key->signer().to_text();
  const auto& trusted = configuration.trusted_signers;
  if (trusted.empty() || std::ranges::find(trusted, signer) != trusted.end()) {
    return good(kSigning, "this host signs what it writes");
  }
  return warning(kSigning, "this host does not trust its own signature",
                 "add " + signer + " to trusted_signers");
}

}  // namespace

Fact judge_key(const std::vector<Recipient>& recipients,
               const std::optional<Result<Recipient>>& own) {
  if (own && !*own) return failing(kKey, own->error());
  if (recipients.empty()) return good(kKey, "none is needed to read what this host writes");
  if (!own) return good(kKey, "this host cannot read what it writes");
  if (std::ranges::find(recipients, **own) != recipients.end()) {
    return good(kKey, "the key file opens what this host writes");
  }
  return failing(kKey, "the key file belongs to none of the recipients",
                 "add its public half to recipients: " + (*own)->to_text());
}

Facts check_keys(const Configuration& configuration) {
  const auto recipients = recipients_of(configuration);
  return {judge_recipients(recipients.size()), judge_key(recipients, own_recipient(configuration)),
          check_signing(configuration)};
}

}  // namespace walden
