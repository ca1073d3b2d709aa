#include "basebackup/verify_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <ranges>

#include "basebackup/small_object.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
// Should the newest be damaged or forged, one before it counts; but not all of years are read.
constexpr std::size_t kMostRead = 8;

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

Result<std::optional<VerifyRecord>> read_last_verify(Store& store, const ObjectNames& names,
                                                     const Opening& opening) {
  std::deque<std::string> newest;
  TRY(store.list({prefix_of(names), {}}, [&](const ObjectEntry& entry) -> Result<> {
    newest.push_back(entry.name);
    if (newest.size() > kMostRead) newest.pop_front();
    return {};
  }));
  for (const std::string& object : std::views::reverse(newest)) {
    const auto text = read_small_object(store, names, object, opening);
    if (!text && text.error().kind != ErrorKind::corrupt &&
        text.error().kind != ErrorKind::absent) {
      return std::unexpected(text.error());
    }
    if (!text) continue;
    if (auto record = parse(*text)) return record;
  }
  return std::nullopt;
}

}  // namespace walden
