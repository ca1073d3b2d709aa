// Puts a command's run into the audit trail: `return audited(app, options->configuration, …, body)`
// in the function that adds the command.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "basebackup/commands.h"
#include "common/audit/audit_entry.h"
#include "common/program/configuration.h"

namespace walden {

struct AuditDuty {
  // Recorded always, or only where the command opens a secret key.
  bool only_with_key = false;
  bool opens_key = false;  // the configured key_file, if there is one
  bool in_store = true;    // and not in this host's file alone
};

// Commands that change the store, and need no key.
inline constexpr AuditDuty kAuditOfWriting{};
// Those that open a secret key where one is configured.
inline constexpr AuditDuty kAuditWithKey{.opens_key = true};
// Commands that only look, as often as one likes.
inline constexpr AuditDuty kAuditOfReading{
    .only_with_key = true, .opens_key = true, .in_store = false};

// One run of one command. Its outcome becomes an entry when it ends; nothing but begin_or_fail()
// fails for the trail's sake: what cannot be written is said loudly.
class Audit {
 public:
  Audit(AuditDuty duty, AuditEvent event, Configuration configuration);

  // What it was done to: a backup's id, a folder.
  void about(std::string subject) { event_.subject = std::move(subject); }
  // This run looks, and does nothing that others must know of.
  void keep_to_file() { duty_.in_store = false; }
  // Nor this host: nothing is recorded.
  void say_nothing() { silent_ = true; }

  // An entry that it begins, for what may never end: a restore that is killed.
  void begin();
  // The same, for what must not happen unseen: an error where the file or the store cannot take it.
  [[nodiscard]] Result<> begin_or_fail();
  void end(const Result<bool>& outcome);

 private:
  struct Written {
    std::string file;                 // its path
    std::optional<Error> not_stored;  // why it is in the file only, where it should not be
  };
  [[nodiscard]] Result<Written> write(const std::string& outcome);
  void write_or_warn(const std::string& outcome);

  AuditDuty duty_;
  AuditEvent event_;
  Configuration configuration_;
  bool silent_ = false;
  bool begun_ = false;
  bool told_ = false;  // that it is in the file only
};

using AuditedBody = std::function<Result<bool>(Audit&)>;

// `configuration` must live as long as `body`. Where it cannot be loaded, the body runs and says
// so.
[[nodiscard]] CommandBody audited(const CLI::App& app, const ConfigurationOptions& configuration,
                                  AuditDuty duty, AuditedBody body);

// For a command without settings of its own: with those of the environment and the default file, if
// they name a cluster.
[[nodiscard]] CommandBody audited_without_settings(const CLI::App& app, AuditedBody body);

}  // namespace walden
