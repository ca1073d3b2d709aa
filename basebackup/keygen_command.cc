#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "basebackup/audited.h"
#include "basebackup/commands.h"
#include "common/bytes/key_file.h"
#include "common/program/passphrase.h"

namespace walden {
namespace {

struct KeygenOptions {
  std::string file;
  bool signing = false;
  bool passphrase = false;
  std::string passphrase_file;
};

Result<std::optional<Secret>> chosen_passphrase(const KeygenOptions& options) {
  if (!options.passphrase_file.empty()) return TRY(read_passphrase_file(options.passphrase_file));
  if (options.passphrase) return TRY(ask_new_passphrase());
  return std::nullopt;
}

// The public half alone goes to standard output, so that a script can take it.
Result<bool> make_signing_key(const KeygenOptions& options, const Secret* passphrase) {
  const SigningKey key = SigningKey::generate();
  TRY(write_signing_key(options.file, key, passphrase));
  fmt::print("{}\n", key.signer().to_text());
  fmt::print(stderr,
             "The signing key is in {}: it stays on the host that writes (signing_key_file).\n"
             "The line above is its public half: put it under trusted_signers where backups are "
             "restored.\n",
             options.file);
  return true;
}

Result<bool> make_secret_key(const KeygenOptions& options, const Secret* passphrase) {
  const SecretKey key = SecretKey::generate();
  TRY(write_secret_key(options.file, key, passphrase));
  fmt::print("{}\n", key.recipient().to_text());
  fmt::print(stderr,
             "The secret key is in {}: without it no backup sealed to it can ever be read.\n"
             "Keep a copy away from the database host, which does not need it.\n"
             "The line above is its public half: put it under recipients in walden.toml.\n",
             options.file);
  return true;
}

Result<bool> keygen(const KeygenOptions& options) {
  const auto passphrase = TRY(chosen_passphrase(options));
  const Secret* given = passphrase ? &*passphrase : nullptr;
  return options.signing ? make_signing_key(options, given) : make_secret_key(options, given);
}

}  // namespace

CommandBody add_keygen(CLI::App& app) {
  auto options = std::make_shared<KeygenOptions>();
  app.add_option("FILE", options->file, "The file to make; it must not exist")->required();
  app.add_flag("--signing", options->signing,
               "Make the key with which a host signs what it writes");
  app.add_flag("--passphrase", options->passphrase,
               "Lock the file with a passphrase, asked for here");
  app.add_option("--passphrase-file", options->passphrase_file,
                 "Lock the file with the passphrase in this file");
  return audited_without_settings(app, [options](Audit&) { return keygen(*options); });
}

}  // namespace walden
