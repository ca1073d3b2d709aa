#include "basebackup/verify_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "basebackup/newest_objects.h"
#include "basebackup/small_object.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

std::string prefix_of(const ObjectNames& names) {
  return names.system_prefix() + "verify/";
}

// "20261121T031702Z"
std::string name_of(Instant time) {
  std::string name = utc_time(time);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  std::ranges::replace(name, ' ', 'T');
  return name + 'Z';
}

std::optional<VerifyRecord> parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("version", 0) != kVersion) return std::nullopt;
  const auto backup = json.find("backup");
  const auto good = json.find("good");
  const auto at = json.find("at");
  if (backup == json.end() || !backup->is_string() || good == json.end() || !good->is_boolean() ||
      at == json.end() || !at->is_string()) {
    return std::nullopt;
  }
  const auto time = parse_time(at->get<std::string>());
  if (!time) return std::nullopt;
  return VerifyRecord{backup->get<std::string>(), good->get<bool>(), time->time};
}

}  // namespace

Result<> write_verify_record(Store& store, const ObjectNames& names, const VerifyRecord& record,
                             const Sealing& sealing) {
  const Json json = {{"version", kVersion},
                     {"backup", record.backup},
                     {"good", record.good},
                     {"at", iso_time(record.at)}};
  return write_small_object(store, names, prefix_of(names) + name_of(record.at), json.dump() + "\n",
                            sealing);
}

Result<LastVerify> read_last_verify(Store& store, const ObjectNames& names,
                                    const Opening& opening) {
  LastVerify last;
  const std::string prefix = prefix_of(names);
  const auto newest =
      TRY(newest_objects(store, prefix, [](const std::string& /*name*/) { return true; }));
  for (const std::string& object : newest) {
    const auto text = read_small_object(store, names, object, opening);
    if (!text && text.error().kind != ErrorKind::corrupt &&
        text.error().kind != ErrorKind::absent) {
      return std::unexpected(text.error());
    }
    if (text) last.record = parse(*text);
    if (last.record) break;
    const bool gone = !text && text.error().kind == ErrorKind::absent;
    if (!gone && last.not_believed.empty()) last.not_believed = object.substr(prefix.size());
  }
  return last;
}

}  // namespace walden
