#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/audit_text.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "common/audit/audit_file.h"
#include "common/program/state_directory.h"

namespace walden {
namespace {

struct AuditOptions {
  explicit AuditOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  bool json = false;
};

Result<bool> show_audit(const AuditOptions& options) {
  const Context context = TRY(open_context(options.configuration));
  const std::string& cluster = context.configuration.cluster;
  AuditMaterial material;
  material.cluster = cluster;
  material.store = context.configuration.store;
  material.file = audit_file_in(TRY(state_directory(context.configuration))).string();
  // Others may write meanwhile.
  material.settled = TRY(read_audit_file(material.file)).size();
  material.objects = TRY(read_audit_objects(*context.store, cluster));
  material.lines = TRY(read_audit_file(material.file));
  for (const auto& text : context.configuration.trusted_signers) {
    material.trusted_signers.push_back(TRY(SignerId::parse(text)));
  }
  const ShownAudit shown{.cluster = cluster,
                         .store = context.store->describe(),
                         .file = material.file,
                         .signers_known = !material.trusted_signers.empty(),
                         .verdict = check_audit(material)};
  if (options.json) {
    fmt::print("{}\n",
               audit_json(shown).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}", audit_text(shown));
  }
  return shown.verdict.problems.empty();
}

}  // namespace

CommandBody add_audit(CLI::App& app) {
  auto options = std::make_shared<AuditOptions>(app);
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return [options] { return show_audit(*options); };
}

}  // namespace walden
