#include "basebackup/keep_server_record.h"

#include <fmt/format.h>

#include "basebackup/ask_server_record.h"
#include "common/program/report.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

void tell(std::string_view what, std::string_view why) {
  say("basebackup", fmt::format("{} not recorded with the backup: {}", what, why));
}

}  // namespace

void keep_server_record(Context& context, const std::string& conninfo, const BackupSummary& backup,
                        const Sealing& sealing, const std::atomic<bool>& cancel) {
  const ServerRecord record =
      ask_server_record(conninfo, backup.system_identifier, kPatience, cancel);
  if (const std::string missing = missing_of(record); !missing.empty()) {
    tell(record.databases.empty() ? "settings and schemas are" : "some schemas are", missing);
  }
  const ObjectNames names(context.configuration.cluster, backup.system_identifier);
  const auto stored = write_server_record(*context.store, names, backup.id, record, sealing);
  if (!stored) tell("settings and schemas are", stored.error().cause);
}

}  // namespace walden
