#include "common/program/local_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace walden {
namespace {

constexpr std::string_view kZones = "zoneinfo/";

// The part of a path below the zone database; all of it for a name.
std::string below_zones(std::string_view path) {
  const auto at = path.rfind(kZones);
  return std::string(at == std::string_view::npos ? path : path.substr(at + kZones.size()));
}

bool is_installed(const std::string& zone) {
  const char* directory = std::getenv("TZDIR");
  const std::filesystem::path zones = directory != nullptr ? directory : "/usr/share/zoneinfo";
  std::error_code ignored;  // a zone that cannot be looked at is none that could be used
  return std::filesystem::is_regular_file(zones / zone, ignored);
}

std::string zone_of_variable() {
  const char* value = std::getenv("TZ");
  if (value == nullptr) return {};
  return below_zones(value[0] == ':' ? value + 1 : value);
}

std::string zone_of_host() {
  std::error_code no_link;
  const auto target = std::filesystem::read_symlink("/etc/localtime", no_link).string();
  if (!no_link && target.find(kZones) != std::string::npos) return below_zones(target);
  std::string line;
  std::ifstream file("/etc/timezone");
  return std::getline(file, line) ? line : std::string();
}

// A rule such as "CET-1CEST" has a digit in it; a zone's name in TZ must be in the database.
Result<> check_variable() {
  const std::string zone = zone_of_variable();
  const bool is_rule = zone.find_first_of("0123456789,<") != std::string::npos;
  if (zone.empty() || zone == "UTC" || is_rule || is_installed(zone)) return {};
  return fail(ErrorKind::configuration, fmt::format("the time zone TZ={} is not installed", zone),
              "Add an offset to the time, for example +00, or install the package tzdata.");
}

}  // namespace

std::tm local_fields(std::int64_t second) {
  std::tm fields{};
  const std::time_t time = second;
  ::localtime_r(&time, &fields);
  return fields;
}

std::string zone_name(std::int64_t second) {
  const std::string zone = std::getenv("TZ") == nullptr ? zone_of_host() : zone_of_variable();
  return !zone.empty() && is_installed(zone) ? zone : local_fields(second).tm_zone;
}

Result<std::vector<std::int64_t>> seconds_showing(std::int64_t wall) {
  TRY(check_variable());
  // Offsets lie within 16 hours: these looks are before and after any change that matters.
  constexpr std::int64_t kReach = 16 * 3600;
  std::set<std::int64_t> offsets;
  for (const std::int64_t look : {wall - kReach, wall, wall + kReach}) {
    offsets.insert(local_fields(look).tm_gmtoff);
  }
  std::vector<std::int64_t> seconds;
  for (const std::int64_t offset : offsets) {
    if (local_fields(wall - offset).tm_gmtoff == offset) seconds.push_back(wall - offset);
  }
  std::ranges::sort(seconds);
  return seconds;
}

std::string offset_text(std::int64_t offset_seconds) {
  const std::int64_t minutes = std::abs(offset_seconds) / 60;
  return fmt::format("{}{:02}:{:02}", offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace walden
