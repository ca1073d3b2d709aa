#include <fmt/format.h>

#include "basebackup/json_fields.h"
#include "basebackup/outline.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostReferences = 100'000;

Json history_json(const std::optional<TimelineHistory>& history) {
  if (!history) return {};
  Json parents = Json::array();
  const auto& parts = history->parts();
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    parents.push_back({{"timeline", parts[i].timeline}, {"end_lsn", parts[i].end.to_text()}});
  }
  return parents;
}

// By way of the server's own form, whose parser knows what a history cannot be.
std::optional<TimelineHistory> get_history(const Json& json, Timeline timeline) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_array()) throw MalformedField{"history is not a list"};
  std::string text;
  for (const auto& parent : json) {
    text += fmt::format("{}\t{}\tparent\n", count_field<Timeline>(parent, "timeline"),
                        lsn_of(parent.at("end_lsn")).to_text());
  }
  if (text.empty()) return TimelineHistory::without_parents(timeline);
  auto history = TimelineHistory::parse(timeline, text);
  if (!history) throw MalformedField{history.error().cause};
  return std::move(*history);
}

BackupOutline get_outline(const Json& json) {
  BackupOutline outline;
  outline.id = json.at("id").get<std::string>();
  outline.kind = json.at("kind").get<std::string>();
  outline.timeline = count_field<Timeline>(json, "timeline");
  outline.segment_size = count_field<std::uint32_t>(json, "segment_size");
  outline.start = lsn_of(json.at("start_lsn"));
  outline.stop = lsn_of(json.at("stop_lsn"));
  outline.started = instant_field(json, "started_us");
  outline.stopped = instant_field(json, "stopped_us");
  outline.database_size = count_field<std::uint64_t>(json, "database_size");
  outline.stored_size = count_field<std::uint64_t>(json, "stored_size");
  outline.references = json.at("references").get<std::vector<std::string>>();
  outline.with_wal = json.at("with_wal").get<bool>();
  outline.from_standby = json.at("from_standby").get<bool>();
  outline.history = get_history(json.at("history"), outline.timeline);
  if (outline.references.size() > kMostReferences) throw MalformedField{"too many references"};
  if (outline.timeline == 0) throw MalformedField{"timeline 0"};
  if (!valid_segment_size(outline.segment_size)) throw MalformedField{"impossible segment_size"};
  if (outline.stop < outline.start) throw MalformedField{"it stops before it starts"};
  return outline;
}

}  // namespace

std::string to_json_text(const BackupOutline& outline) {
  const Json json = {{"walden_outline", kOutlineVersion},
                     {"id", outline.id},
                     {"kind", outline.kind},
                     {"timeline", outline.timeline},
                     {"segment_size", outline.segment_size},
                     {"start_lsn", outline.start.to_text()},
                     {"stop_lsn", outline.stop.to_text()},
                     {"started_us", outline.started.microseconds},
                     {"stopped_us", outline.stopped.microseconds},
                     {"database_size", outline.database_size},
                     {"stored_size", outline.stored_size},
                     {"references", outline.references},
                     {"with_wal", outline.with_wal},
                     {"from_standby", outline.from_standby},
                     {"history", history_json(outline.history)}};
  return json.dump() + "\n";
}

Result<BackupOutline> parse_outline(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    const auto version = count_field<int>(json, "walden_outline");
    if (version > kOutlineVersion) {
      return fail(ErrorKind::configuration, "it was written by a newer version of Walden",
                  "Upgrade Walden on this host.");
    }
    return get_outline(json);
  } catch (const Json::exception&) {
    return fail(ErrorKind::corrupt, "it is no outline of a backup");
  } catch (const MalformedField& malformed) {
    return fail(ErrorKind::corrupt, "it is no outline of a backup: " + malformed.what);
  }
}

}  // namespace walden
