#include <fmt/format.h>

#include "common/bytes/key_file.h"
#include "common/program/configuration.h"
#include "common/program/passphrase.h"

namespace walden {

Result<Sealing> load_sealing(const Configuration& configuration) {
  Sealing sealing;
  for (const auto& text : configuration.recipients) {
    sealing.recipients.push_back(TRY(Recipient::parse(text)));
  }
  if (configuration.cipher == "chacha20-poly1305") sealing.suite = Suite::chacha20_poly1305;
  if (!configuration.signing_key_file.empty()) {
    sealing.signing_key = std::make_shared<const SigningKey>(TRY(read_signing_key(
        configuration.signing_key_file, passphrase_source(configuration.passphrase_file))));
  }
  sealing.compression_level = configuration.compression_level;
  sealing.threads = configuration.threads;
  return sealing;
}

Result<Opening> load_opening(const Configuration& configuration) {
  Opening opening;
  if (!configuration.key_file.empty()) {
    opening.secret_key = std::make_shared<const SecretKey>(TRY(
        read_secret_key(configuration.key_file, passphrase_source(configuration.passphrase_file))));
  }
  for (const auto& text : configuration.trusted_signers) {
    opening.trusted_signers.push_back(TRY(SignerId::parse(text)));
  }
  opening.threads = configuration.threads;
  return opening;
}

}  // namespace walden
