#include "basebackup/keep_marks.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "basebackup/json_fields.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kKeepVersion = 1;
constexpr std::size_t kTimeLength = 20;  // "20261121T031702.1234"

// Sorts as time goes: "20261121T031702.1234", UTC.
std::string sortable(Instant time) {
  std::string text = iso_time(time);  // "2026-11-21T03:17:02.123456Z"
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return text.substr(0, kTimeLength);
}

std::string random_word() {
  std::array<std::uint8_t, 4> random{};
  randombytes_buf(random.data(), random.size());
  return to_hex(random);
}

KeepMark get_mark(const Json& json) {
  if (count_field<int>(json, "walden_keep") > kKeepVersion) throw MalformedField{"newer"};
  KeepMark mark;
  mark.keep = json.at("keep").get<bool>();
  if (!json.at("until_us").is_null()) mark.until = instant_field(json, "until_us");
  mark.reason = json.at("reason").get<std::string>();
  return mark;
}

std::optional<KeepMark> parse_mark(std::string_view text) {
  try {
    return get_mark(Json::parse(text));
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const MalformedField&) {
    return std::nullopt;
  }
}

// The name of the last mark below `prefix`, which is a backup's or all backups'.
Result<std::map<std::string, std::string>> last_marks(Store& store, const std::string& prefix,
                                                      const std::string& all) {
  std::map<std::string, std::string> last;
  TRY(store.list({prefix, {}}, [&](const ObjectEntry& entry) -> Result<> {
    const std::string rest = entry.name.substr(all.size());
    const auto slash = rest.find('/');
    if (slash != std::string::npos) last[rest.substr(0, slash)] = entry.name;  // in order
    return {};
  }));
  return last;
}

// One that was deleted since it was listed cannot be believed either: its backup goes or is gone.
Result<KeepMark> mark_in(Store& store, const ObjectNames& names, const std::string& object,
                         const Opening& opening) {
  const auto text = read_small_object(store, names, object, opening);
  if (!text && text.error().kind != ErrorKind::corrupt && text.error().kind != ErrorKind::absent) {
    return std::unexpected(text.error());
  }
  const auto mark = text ? parse_mark(*text) : std::nullopt;
  return mark.value_or(
      KeepMark{.keep = true, .until = {}, .reason = "its mark cannot be believed"});
}

Result<bool> is_there(Store& store, const std::string& object) {
  const auto found = store.stat(object);
  if (!found && found.error().kind != ErrorKind::absent) return std::unexpected(found.error());
  return found.has_value();
}

}  // namespace

Result<std::map<std::string, KeepMark>> read_keep_marks(Store& store, const ObjectNames& names,
                                                        const Opening& opening) {
  std::map<std::string, KeepMark> marks;
  for (const auto& [id, object] :
       TRY(last_marks(store, names.keep_prefix(), names.keep_prefix()))) {
    marks[id] = TRY(mark_in(store, names, object, opening));
  }
  return marks;
}

Result<std::optional<KeepMark>> read_keep_mark(Store& store, const ObjectNames& names,
                                               const std::string& backup_id,
                                               const Opening& opening) {
  const auto last =
      TRY(last_marks(store, names.keep_prefix() + backup_id + "/", names.keep_prefix()));
  const auto found = last.find(backup_id);
  if (found == last.end()) return std::nullopt;
  return TRY(mark_in(store, names, found->second, opening));
}

std::string keep_text(const KeepMark& mark) {
  const std::string why = mark.reason.empty() ? "" : ": " + mark.reason;
  if (!mark.until) return "kept" + why;
  const Instant last{mark.until->microseconds - 1};
  return fmt::format("kept until {}{}", utc_time(last).substr(0, 10), why);
}

Result<> write_keep_mark(Store& store, const ObjectNames& names, const std::string& backup_id,
                         const KeepMark& mark, Instant now, const Sealing& sealing) {
  const std::string folder = names.keep_prefix() + backup_id + "/";
  std::string time = sortable(now);
  const auto last = TRY(last_marks(store, folder, names.keep_prefix()));
  if (const auto found = last.find(backup_id); found != last.end()) {
    const std::string newest = found->second.substr(folder.size());
    // A longer name sorts behind the one that it begins with.
    if (newest >= time) time = newest.substr(0, newest.find('-')) + "1";
  }
  const Json json = {{"walden_keep", kKeepVersion},
                     {"keep", mark.keep},
                     {"until_us", mark.until ? Json(mark.until->microseconds) : Json()},
                     {"reason", mark.reason},
                     {"made_us", now.microseconds}};
  return write_small_object(store, names, fmt::format("{}{}-{}", folder, time, random_word()),
                            json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n",
                            sealing);
}

Result<> keep_backup(Store& store, const ObjectNames& names, const std::string& backup_id,
                     const KeepMark& mark, Instant now, const Sealing& sealing) {
  TRY(write_keep_mark(store, names, backup_id, mark, now, sealing));
  // In this order: where expire has taken its mark away again, the manifest had gone before.
  if (TRY(is_there(store, names.expired_mark(backup_id)))) {
    return fail(ErrorKind::transient,
                fmt::format("{} is being deleted by basebackup expire: it may go in spite of this",
                            backup_id),
                "If basebackup list still shows it when no expire runs: basebackup expire "
                "--confirm, then this again.");
  }
  if (TRY(is_there(store, names.manifest(backup_id)))) return {};
  return fail(ErrorKind::absent,
              fmt::format("{} was deleted by basebackup expire before it could be kept", backup_id),
              "What is left: basebackup list");
}

}  // namespace walden
