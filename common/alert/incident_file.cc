#include "common/alert/incident_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/bytes/files.h"
#include "common/bytes/new_file.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kLargest = 1U << 20U;

Json to_json(const Incident& incident) {
  const Problem& problem = incident.problem;
  Json told = Json::object();
  for (const auto& [channel, last] : incident.told) {
    told[channel] = {{"at", last.at.microseconds}, {"critical", last.critical}};
  }
  return {{"name", problem.name},
          {"critical", problem.critical},
          {"what", problem.what},
          {"endangers", problem.endangers},
          {"command", problem.command},
          {"since", incident.since.microseconds},
          {"ended", incident.ended ? Json(incident.ended->microseconds) : Json()},
          {"told", told}};
}

Incident from_json(const Json& json) {
  Incident incident;
  Problem& problem = incident.problem;
  problem.name = json.at("name");
  problem.critical = json.at("critical");
  problem.what = json.at("what");
  problem.endangers = json.at("endangers");
  problem.command = json.at("command");
  incident.since = {json.at("since").get<std::int64_t>()};
  if (!json.at("ended").is_null()) incident.ended = Instant{json.at("ended").get<std::int64_t>()};
  for (const auto& [channel, last] : json.at("told").items()) {
    incident.told[channel] = {{last.at("at").get<std::int64_t>()}, last.at("critical").get<bool>()};
  }
  return incident;
}

Result<Incidents> parse(std::string_view text, const fs::path& path) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) throw std::invalid_argument("format");
    Incidents incidents;
    for (const Json& one : json.at("incidents")) {
      Incident incident = from_json(one);
      std::string name = incident.problem.name;
      incidents.emplace(std::move(name), std::move(incident));
    }
    return incidents;
  } catch (const std::exception&) {
    return fail(ErrorKind::corrupt,
                fmt::format("{} does not hold what was remembered of alerts", path.string()),
                "It is made anew; incidents that last are told once more.");
  }
}

}  // namespace

Result<IncidentFile> IncidentFile::open(const fs::path& path) {
  const fs::path lock_path = path.string() + ".lock";
  FileDescriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno("open", lock_path.string(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorKind::transient, "another round of alerts is under way");
  }
  return IncidentFile(path, std::move(lock));
}

Result<Incidents> IncidentFile::read() const {
  std::error_code error;
  if (!fs::exists(path_, error) && !error) return Incidents{};
  const Buffer content = TRY(read_file(path_, kLargest));
  return parse(text_of(content), path_);
}

Result<> IncidentFile::write(const Incidents& incidents) const {
  Json list = Json::array();
  for (const auto& [name, incident] : incidents) list.push_back(to_json(incident));
  const Json json = {{"format", kFormat}, {"incidents", std::move(list)}};
  NewFile file = TRY(NewFile::create(path_));
  TRY(file.write(bytes_of(json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n")));
  return file.rename_into_place(true);
}

}  // namespace walden
