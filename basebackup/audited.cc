#include "basebackup/audited.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "basebackup/audit_facts.h"
#include "basebackup/context.h"
#include "common/audit/audit_file.h"
#include "common/audit/write_audit.h"
#include "common/program/configured_store.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/program/state_directory.h"
#include "common/store/directory_store.h"

namespace walden {
namespace {

// An outage must not hold up a command that is done.
constexpr auto kPatience = std::chrono::seconds(20);

// What root makes there, the server's user could neither read nor add to.
Result<> refuse_root_in_others_directory(const Store& store) {
  const auto* directory = dynamic_cast<const DirectoryStore*>(&store);
  struct stat facts {};
  if (directory == nullptr || ::geteuid() != 0 || ::stat(directory->root().c_str(), &facts) != 0 ||
      facts.st_uid == 0) {
    return {};
  }
  return fail(ErrorKind::denied, "root leaves nothing in another user's directory");
}

// The trail begins where an archive is: an unmounted directory gets none.
Result<std::unique_ptr<Store>> open_store_of(const Configuration& configuration) {
  auto store = TRY(open_configured_store(configuration, kPatience, [](const std::string&) {}));
  TRY(refuse_root_in_others_directory(*store));
  TRY(read_marker(*store, configuration.cluster));
  return store;
}

}  // namespace

Audit::Audit(AuditDuty duty, AuditEvent event, Configuration configuration)
    : duty_(duty), event_(std::move(event)), configuration_(std::move(configuration)) {
  if (duty_.opens_key) event_.key_file = configuration_.key_file;
}

Result<Audit::Written> Audit::write(const std::string& outcome) {
  Written written;
  if (silent_ || (duty_.only_with_key && event_.key_file.empty())) return written;
  event_.time = now();
  event_.outcome = outcome;
  AuditPlace place;
  place.store_url = configuration_.store;
  place.directory = TRY(state_directory(configuration_));
  written.file = audit_file_in(place.directory).string();
  std::unique_ptr<Store> store;
  if (duty_.in_store) {
    auto opened = open_store_of(configuration_);
    if (opened) {
      store = std::move(*opened);
      place.store = store.get();
      place.signing_key = TRY(load_audit_key(configuration_));
    } else {
      written.not_stored = opened.error();
    }
  }
  if (const auto not_stored = TRY(write_audit(place, event_))) written.not_stored = not_stored;
  return written;
}

void Audit::write_or_warn(const std::string& outcome) {
  const auto written = write(outcome);
  if (!written) {
    say("basebackup",
        fmt::format("NOT in the audit trail: this {}: {}", event_.command, written.error().cause));
  } else if (written->not_stored && !told_) {
    told_ = true;
    say("basebackup", fmt::format("in the audit trail of this host only ({}): {}", written->file,
                                  written->not_stored->cause));
  }
}

void Audit::begin() {
  begun_ = true;
  write_or_warn("begun");
}

Result<> Audit::begin_or_fail() {
  auto written = write("begun");
  if (written && !written->not_stored) {
    begun_ = true;
    return {};
  }
  Error error = written ? *written->not_stored : written.error();
  error = error.within("the audit trail cannot be written");
  error.remedy = "Nothing was changed: put that right first. Nothing is deleted unseen.";
  return std::unexpected(std::move(error));
}

// What was refused before it began has done nothing, and changes nothing here either.
void Audit::end(const Result<bool>& outcome) {
  if (outcome) {
    write_or_warn(*outcome ? "done" : "not good");
    return;
  }
  if (!begun_) return;
  event_.error = outcome.error().cause;
  write_or_warn("failed");
}

CommandBody audited(const CLI::App& app, const ConfigurationOptions& configuration, AuditDuty duty,
                    AuditedBody body) {
  return [&app, &configuration, duty, body = std::move(body)]() -> Result<bool> {
    auto loaded = configuration.load();
    if (!loaded) return std::unexpected(std::move(loaded).error());
    AuditEvent event = audit_event(app, loaded->cluster);
    Audit audit(duty, std::move(event), std::move(*loaded));
    auto outcome = body(audit);
    audit.end(outcome);
    return outcome;
  };
}

CommandBody audited_without_settings(const CLI::App& app, AuditedBody body) {
  return [&app, body = std::move(body)]() -> Result<bool> {
    CLI::App nothing;
    const ConfigurationOptions options(nothing);
    auto loaded = options.load();
    AuditDuty duty;
    duty.in_store = false;
    Audit audit(duty, audit_event(app, loaded ? loaded->cluster : ""),
                loaded ? *loaded : Configuration());
    auto outcome = body(audit);
    if (loaded) audit.end(outcome);
    return outcome;
  };
}

}  // namespace walden
