#include "common/audit/audit_entry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/bytes/sha256.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxText = 400;
constexpr std::size_t kMaxArguments = 24;
constexpr std::uint64_t kLatest = 253'402'300'799'000'000;  // the end of 9999

// Between letters, not within one.
std::string cut(const std::string& text) {
  if (text.size() <= kMaxText) return text;
  std::size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

Json arguments_json(const std::vector<std::string>& arguments) {
  Json json = Json::array();
  for (const auto& argument : arguments) {
    if (json.size() == kMaxArguments) {
      json.push_back("…");
      break;
    }
    json.push_back(cut(argument));
  }
  return json;
}

struct NoCount {};

// The library itself would cut a number to fit, fractions and all.
std::uint64_t count_in(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (!value.is_number_unsigned()) throw NoCount();
  return value.get<std::uint64_t>();
}

AuditEntry entry_from(const Json& json) {
  AuditEntry entry;
  AuditEvent& event = entry.event;
  const std::uint64_t time = count_in(json, "time_us");
  event.time.microseconds = static_cast<std::int64_t>(std::min(time, kLatest));
  for (auto& [key, text] : {std::pair{"host", &event.host},
                            {"user", &event.user},
                            {"walden", &event.version},
                            {"cluster", &event.cluster},
                            {"command", &event.command},
                            {"outcome", &event.outcome},
                            {"subject", &event.subject},
                            {"key_file", &event.key_file},
                            {"error", &event.error},
                            {"store", &entry.position.store},
                            {"trail", &entry.position.trail},
                            {"previous", &entry.position.previous},
                            {"object", &entry.position.object},
                            {"previous_stored", &entry.position.previous_stored}}) {
    *text = json.at(key);
  }
  for (const auto& argument : json.at("arguments")) event.arguments.push_back(argument);
  entry.position.number = count_in(json, "number");
  entry.position.stored = count_in(json, "stored");
  return entry;
}

std::string line_of(const AuditEntry& entry) {
  const AuditEvent& event = entry.event;
  const AuditPosition& position = entry.position;
  const Json json = {{"time_us", event.time.microseconds},
                     {"host", cut(event.host)},
                     {"user", cut(event.user)},
                     {"walden", event.version},
                     {"cluster", event.cluster},
                     {"command", event.command},
                     {"arguments", arguments_json(event.arguments)},
                     {"outcome", event.outcome},
                     {"subject", cut(event.subject)},
                     {"key_file", cut(event.key_file)},
                     {"error", cut(event.error)},
                     {"store", position.store},
                     {"trail", position.trail},
                     {"number", position.number},
                     {"previous", position.previous},
                     {"object", position.object},
                     {"stored", position.stored},
                     {"previous_stored", position.previous_stored}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

// Letters that JSON writes as six make the longest ones.
std::string to_line(const AuditEntry& entry) {
  std::string line = line_of(entry);
  if (line.size() <= kMaxAuditLine) return line;
  AuditEntry shorter = entry;
  shorter.event.arguments = {"…"};
  return line_of(shorter);
}

Result<AuditEntry> parse_audit_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::corrupt, "it is no entry");
  try {
    return entry_from(json);
  } catch (const Json::exception&) {
    return fail(ErrorKind::corrupt, "it is no entry");
  } catch (const NoCount&) {
    return fail(ErrorKind::corrupt, "it is no entry");
  }
}

std::string digest_of_line(std::string_view line) {
  return to_hex(Sha256::of(bytes_of(line)));
}

}  // namespace walden
