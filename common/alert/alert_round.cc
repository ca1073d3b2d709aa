#include "common/alert/alert_round.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "common/alert/incident_file.h"

namespace walden {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

Alert alert_of(const AlertRound& round, const Incident& incident, const Due& one, Instant now) {
  return {.occasion = one.occasion,
          .cluster = round.cluster,
          .host = host_name(),
          .problem = incident.problem,
          .since = incident.since,
          .told = one.occasion == Alert::Occasion::over ? incident.ended.value_or(now) : now};
}

class Teller {
 public:
  Teller(const AlertRound& round, const std::vector<Channel>& channels, Instant now)
      : round_(round), now_(now) {
    for (const Channel& channel : channels) {
      names_.push_back(channel.name);
      by_name_[channel.name] = &channel;
    }
  }

  AlertOutcome run(std::optional<IncidentFile> file, const Findings& findings) {
    file_ = std::move(file);
    incidents_ = follow(remembered(), findings, now_);
    for (const Due& one : due(incidents_, names_, round_.repeat, now_)) send(one);
    tidy(incidents_, names_);
    save();
    outcome_.lasting = findings.problems.size();
    outcome_.known = std::ranges::none_of(findings.problems, [&](const Problem& problem) {
      return incidents_.at(problem.name).told.empty();
    });
    return std::move(outcome_);
  }
  void failed(const Error& error) { outcome_.failures.push_back(error); }

 private:
  Incidents remembered() {
    if (!file_) return {};
    auto read = file_->read();
    if (read) return std::move(*read);
    failed(read.error());
    return {};
  }

  void send(const Due& one) {
    const auto channel = by_name_.find(one.channel);
    if (channel == by_name_.end()) return;
    const Alert alert = alert_of(round_, incidents_.at(one.incident), one, now_);
    if (auto sent = channel->second->send(alert, round_.patience); !sent) {
      failed(sent.error());
      by_name_.erase(channel);
      return;
    }
    ++outcome_.sent;
    note(incidents_, one, now_);
    save();
  }

  // Once is enough to be told that it cannot be.
  void save() {
    if (!file_) return;
    if (auto written = file_->write(incidents_); !written) {
      failed(written.error());
      file_.reset();
    }
  }

  const AlertRound& round_;
  const Instant now_;
  std::vector<std::string> names_;
  std::map<std::string, const Channel*> by_name_;
  std::optional<IncidentFile> file_;
  Incidents incidents_;
  AlertOutcome outcome_;
};

}  // namespace

AlertOutcome tell(const AlertRound& round, const std::vector<Channel>& channels,
                  const Findings& findings, Instant now) {
  Teller teller(round, channels, now);
  auto file = IncidentFile::open(round.memory);
  if (file) return teller.run(std::move(*file), findings);
  if (file.error().kind == ErrorKind::transient) return {.busy = true};
  teller.failed(file.error());
  return teller.run(std::nullopt, findings);
}

}  // namespace walden
