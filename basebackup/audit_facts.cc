#include "basebackup/audit_facts.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>

#include "common/bytes/key_file.h"
#include "common/program/passphrase.h"
#include "common/program/version.h"

namespace walden {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string user_name() {
  const uid_t id = ::geteuid();
  const passwd* entry = ::getpwuid(id);
  const std::string name = entry == nullptr ? fmt::format("{}", id) : entry->pw_name;
  const char* caller = std::getenv("SUDO_USER");
  return caller == nullptr || *caller == '\0' ? name : fmt::format("{} (sudo: {})", name, caller);
}

// conninfo can hold a password; a URI has it without a word before it.
bool may_be_secret(const std::string& option, const std::string& value) {
  return option == "--connection" && (value.contains("password") || value.contains("://"));
}

std::vector<std::string> arguments_of(const CLI::App& command) {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    const std::string name = option->get_positional() ? "" : option->get_name();
    if (option->get_type_size() == 0) {
      arguments.push_back(name);
      continue;
    }
    for (const std::string& value : option->results()) {
      if (!name.empty()) arguments.push_back(name);
      arguments.push_back(may_be_secret(name, value) ? "(left out)" : value);
    }
  }
  return arguments;
}

}  // namespace

AuditEvent audit_event(const CLI::App& command, std::string cluster) {
  AuditEvent event;
  event.host = host_name();
  event.user = user_name();
  event.version = kVersion;
  event.cluster = std::move(cluster);
  event.command = command.get_name();
  event.arguments = arguments_of(command);
  return event;
}

Result<std::shared_ptr<const SigningKey>> load_audit_key(const Configuration& configuration) {
  if (configuration.signing_key_file.empty()) return nullptr;
  bool asked = false;
  const auto nobody = [&asked](const std::filesystem::path&) -> Result<Secret> {
    asked = true;
    return fail(ErrorKind::configuration, "it is locked");
  };
  auto key = configuration.passphrase_file.empty()
                 ? read_signing_key(configuration.signing_key_file, nobody)
                 : read_signing_key(configuration.signing_key_file,
                                    passphrase_source(configuration.passphrase_file));
  if (key) return std::make_shared<const SigningKey>(std::move(*key));
  if (asked) return nullptr;
  return std::unexpected(key.error());
}

}  // namespace walden
