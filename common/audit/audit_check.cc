#include "common/audit/audit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace walden {
namespace {

struct Known {
  AuditEntry entry;
  std::string digest;  // of its line
  const StoredAuditLine* object = nullptr;
};

std::string who(const AuditEntry& entry) {
  return fmt::format("{} (trail {})", entry.event.host, entry.position.trail);
}

// Another store begins another trail.
bool goes_on(const AuditPosition& before, const AuditPosition& position) {
  if (before.store != position.store) return position.number == 1;
  return position.trail == before.trail && position.number == before.number + 1;
}

class Check {
 public:
  explicit Check(const AuditMaterial& material) : material_(material) {}

  AuditVerdict run() {
    read_file();
    read_objects();
    for (auto& [trail, stored] : trails_) follow(stored);
    compare();
    std::ranges::stable_sort(verdict_.entries, {}, [](const AuditedEntry& known) {
      return known.entry.event.time.microseconds;
    });
    return std::move(verdict_);
  }

 private:
  void problem(std::string sentence) { verdict_.problems.push_back(std::move(sentence)); }

  [[nodiscard]] std::string place(std::size_t index) const {
    return fmt::format("{}:{}", material_.file, index + 1);
  }

  void read_file() {
    std::optional<AuditPosition> before;
    for (std::size_t i = 0; i < material_.lines.size(); ++i) {
      const std::string& line = material_.lines[i];
      const auto entry = parse_audit_line(line);
      if (!entry) {
        problem(fmt::format("{} is no entry: it was edited, or cut short by a crash", place(i)));
        before.reset();
        continue;
      }
      const AuditPosition& position = entry->position;
      const std::string expected = i == 0 ? "" : digest_of_line(material_.lines[i - 1]);
      if (position.previous != expected || (before && !goes_on(*before, position))) {
        problem(
            fmt::format("{} does not follow the line before it: one of the two was edited, or a "
                        "line was removed or put in",
                        place(i)));
      }
      before = position;
      own_trails_.insert(position.trail);
      in_file_.insert(digest_of_line(line));
      verdict_.entries.push_back({*entry, /*in_file=*/true, false, {}});
      by_digest_[digest_of_line(line)] = verdict_.entries.size() - 1;
      if (i < material_.settled && !position.object.empty() && position.store == material_.store)
        expected_objects_.emplace_back(i, position.object);
    }
  }

  void read_objects() {
    for (const auto& object : material_.objects) {
      if (!object.damaged.empty()) {
        problem(fmt::format("{} is damaged: {}", object.object, object.damaged));
        continue;
      }
      auto entry = parse_audit_line(object.line);
      if (!entry || entry->position.object != object.object ||
          entry->event.cluster != material_.cluster) {
        problem(fmt::format("{} does not hold the entry of that name", object.object));
        continue;
      }
      check_signer(object);
      const std::string digest = digest_of_line(object.line);
      const auto known = by_digest_.find(digest);
      if (known != by_digest_.end()) {
        verdict_.entries[known->second].in_store = true;
        verdict_.entries[known->second].signer = object.signer;
      } else {
        verdict_.entries.push_back({*entry, false, /*in_store=*/true, object.signer});
      }
      trails_[entry->position.trail].push_back({std::move(*entry), digest, &object});
    }
  }

  void check_signer(const StoredAuditLine& object) {
    const auto& trusted = material_.trusted_signers;
    if (trusted.empty()) return;
    if (!object.signer) {
      problem(fmt::format("{} is not signed", object.object));
    } else if (std::ranges::find(trusted, *object.signer) == trusted.end()) {
      problem(fmt::format("{} is signed by {}, which is not trusted", object.object,
                          object.signer->to_text()));
    }
  }

  // One trail in the store, by its own count.
  void follow(std::vector<Known>& stored) {
    std::ranges::stable_sort(stored, {},
                             [](const Known& known) { return known.entry.position.stored; });
    std::uint64_t count = 0;
    std::string digest;
    for (const Known& known : stored) {
      const AuditPosition& position = known.entry.position;
      if (position.stored > count + 1) {
        problem(fmt::format("{} missing from the store before {}: {}",
                            position.stored == count + 2
                                ? "an entry is"
                                : fmt::format("{} entries are", position.stored - count - 1),
                            known.object->object, who(known.entry)));
      } else if (position.stored == count || position.previous_stored != digest) {
        problem(fmt::format("{} does not follow the entry before it: one of the two was replaced",
                            known.object->object));
      }
      count = position.stored;
      digest = known.digest;
    }
  }

  // This host's file against the store, both ways.
  void compare() {
    std::map<std::string, const StoredAuditLine*> objects;
    for (const auto& object : material_.objects) objects[object.object] = &object;
    for (const auto& [index, name] : expected_objects_) {
      const auto found = objects.find(name);
      if (found == objects.end()) {
        problem(fmt::format("{} is missing from the store; {} has its entry", name, place(index)));
      } else if (found->second->damaged.empty() && found->second->line != material_.lines[index]) {
        problem(fmt::format("{} and {} are not the same", place(index), name));
      }
    }
    for (const auto& [trail, stored] : trails_) {
      if (!own_trails_.contains(trail)) continue;
      for (const Known& known : stored) {
        if (in_file_.contains(known.digest)) continue;
        problem(fmt::format("{} lacks the entry of {}", material_.file, known.object->object));
      }
    }
  }

  const AuditMaterial& material_;
  AuditVerdict verdict_;
  std::map<std::string, std::size_t> by_digest_;  // lines of the file
  std::set<std::string> in_file_;
  std::set<std::string> own_trails_;
  std::vector<std::pair<std::size_t, std::string>> expected_objects_;  // line, object
  std::map<std::string, std::vector<Known>> trails_;                   // of the store
};

}  // namespace

AuditVerdict check_audit(const AuditMaterial& material) {
  return Check(material).run();
}

}  // namespace walden
