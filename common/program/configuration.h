// Settings: walden.toml, WALDEN_* variables, options, in ascending order of precedence.
//
// The file: --config, else $WALDEN_CONFIG, else /etc/walden/walden.toml if it is there. A key that
// is not known, or of the wrong type, is refused with its line number: a misspelt setting must not
// be ignored. The same holds for a WALDEN_* variable that is not known; an empty one counts as not
// set. Relative paths in the file start at the file's folder, elsewhere at the current one.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/sealed_object.h"

namespace CLI {
class App;
}

namespace walden {

struct Configuration {
  std::string cluster;                  // --cluster      WALDEN_CLUSTER
  std::string store;                    // --store        WALDEN_STORE         URL
  std::vector<std::string> recipients;  // --recipient    WALDEN_RECIPIENTS    comma-separated
  std::string key_file;                 // --key-file     WALDEN_KEY_FILE      opens what is sealed
  std::string passphrase_file;          // --passphrase-file WALDEN_PASSPHRASE_FILE
  std::string signing_key_file;         // --signing-key-file WALDEN_SIGNING_KEY_FILE
  std::vector<std::string> trusted_signers;  // --trusted-signer WALDEN_TRUSTED_SIGNERS
  std::string cipher = "aes-256-gcm";        // --cipher       or chacha20-poly1305
  int compression_level = 1;                 // --compression-level, zstd 1 to 19
  unsigned threads = 0;         // --threads; 0: one per core, at most 8; never 0 once loaded
  bool worker = true;           // --worker on | off, for wal-push and wal-fetch
  std::string state_directory;  // --state-directory WALDEN_STATE_DIRECTORY; see state_directory.h
  // How long wal-fetch tries to turn doubt into an answer before it stops recovery, and on a
  // standby.
  std::chrono::seconds fetch_deadline{60};    // --fetch-deadline
  std::chrono::seconds standby_deadline{10};  // --standby-deadline
  std::string standby_outage = "retry";       // --standby-outage retry (exit 1) | stop (exit 255)

  // Of a store s3://bucket/prefix; what is empty comes from AWS's own variables and files.
  std::string s3_endpoint;                // --s3-endpoint    WALDEN_S3_ENDPOINT   https://host
  std::string s3_region;                  // --s3-region      WALDEN_S3_REGION
  std::string s3_profile;                 // --s3-profile     WALDEN_S3_PROFILE
  std::string s3_ca_file;                 // --s3-ca-file     WALDEN_S3_CA_FILE    PEM
  std::string s3_addressing = "auto";     // --s3-addressing  auto | path | virtual
  std::string s3_create = "conditional";  // --s3-create      conditional | checked

  // Where the settings came from, so that a restored cluster's restore_command can name the same.
  std::optional<std::filesystem::path> file;

  // The files that all of this was read from or refers to, and the default file, be it there or
  // not: another one of these may mean another answer.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;
};

// Adds the options above (with help texts that name the variable and the key) to a CLI11 app,
// collects what the command line sets, and merges. Use: ConfigurationOptions options(app);
// app.parse(...); auto configuration = options.load();
class ConfigurationOptions {
 public:
  explicit ConfigurationOptions(CLI::App& app);
  ~ConfigurationOptions();
  ConfigurationOptions(const ConfigurationOptions&) = delete;
  ConfigurationOptions& operator=(const ConfigurationOptions&) = delete;

  // Merged and checked: cluster and store set and well formed, keys parse. ErrorKind::configuration
  // (usage for a bad option value); each names the file and line, the variable or the option.
  [[nodiscard]] Result<Configuration> load() const;

  // What variables and options alone say, as far as it can be understood, and the defaults: for one
  // who must act when the file cannot be read. Not checked to be complete.
  [[nodiscard]] Configuration load_without_file() const;

  // The options that make a program on this host see the same settings: "--config FILE" and every
  // setting that came from the environment or the command line, absolute paths, unquoted.
  // ErrorKind::configuration when the key file is locked and there is no passphrase file: the
  // server cannot ask.
  [[nodiscard]] Result<std::vector<std::string>> arguments_for_restore_command() const;

  // The settings' options as they were given on the command line, paths made absolute, unquoted:
  // for a command that is printed to be run in the same shell.
  [[nodiscard]] Result<std::vector<std::string>> arguments_given() const;
  // The same for a command that is read elsewhere, as in a mail: with the configuration file that
  // the environment names here.
  [[nodiscard]] Result<std::vector<std::string>> arguments_anywhere() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Once more, when the files of the first reading are being watched: from now on every change is
// seen. ErrorKind::transient when it refers to other files by now.
[[nodiscard]] Result<Configuration> load_again(const ConfigurationOptions& options,
                                               const Configuration& first);

// Reads the keys that the configuration names. The passphrase comes from the file, or from the
// terminal.
[[nodiscard]] Result<Sealing> load_sealing(const Configuration& configuration);
// A missing key_file yields an Opening without a key: only checksummed objects open.
[[nodiscard]] Result<Opening> load_opening(const Configuration& configuration);

}  // namespace walden
