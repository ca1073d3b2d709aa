#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/commands.h"
#include "basebackup/drill_archive.h"
#include "basebackup/drill_json.h"
#include "basebackup/drill_text.h"
#include "basebackup/restore_preparation.h"
#include "common/bytes/new_file.h"
#include "common/program/human.h"
#include "common/program/policy.h"
#include "common/program/progress.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

struct ReportsOptions {
  explicit ReportsOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string id;
  std::string html;
  std::uint64_t system_id = 0;
  bool json = false;
};

void print_json(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

Json list_json(const ListedDrills& listed) {
  Json drills = Json::array();
  for (const auto& drill : listed.drills) {
    if (drill.outline) {
      drills.push_back(drill_outline_json(*drill.outline));
    } else {
      drills.push_back({{"id", drill.id}, {"damaged", drill.damaged}});
    }
  }
  const auto due = next_due(listed);
  return {{"cluster", listed.cluster},
          {"store", listed.store},
          {"drill_every_s", listed.every.count()},
          {"next_due", due ? Json(iso_time(*due)) : Json()},
          {"drills", std::move(drills)}};
}

Result<bool> list_all(Archive& archive, const ReportsOptions& options) {
  Store& store = *archive.context.store;
  const Policy policy = TRY(read_policy(archive.context.configuration));
  ListedDrills listed{.cluster = archive.context.configuration.cluster,
                      .store = store.describe(),
                      .drills = {},
                      .every = policy.objectives.drill_every,
                      .options = TRY(options.configuration.arguments_given())};
  for (const auto& id : TRY(list_drills(store, archive.names))) {
    auto outline = read_drill_outline(store, archive.names, id, archive.opening);
    if (!outline && outline.error().kind == ErrorKind::transient) {
      return std::unexpected(outline.error());
    }
    ListedDrill drill{.id = id, .outline = {}, .damaged = {}};
    if (outline) {
      drill.outline = std::move(*outline);
    } else {
      drill.damaged = outline.error().cause;
    }
    listed.drills.push_back(std::move(drill));
  }
  if (options.json) {
    print_json(list_json(listed));
  } else {
    fmt::print("{}", drills_text(listed, now(), colours_wanted(STDOUT_FILENO)));
  }
  return std::ranges::all_of(listed.drills,
                             [](const auto& drill) { return drill.outline.has_value(); });
}

// As with backups: a part is enough while it is unique.
Result<std::string> find_drill(Archive& archive, const std::string& wanted) {
  const auto ids = TRY(list_drills(*archive.context.store, archive.names));
  std::vector<std::string> found;
  for (const auto& id : ids) {
    if (id == wanted) return id;
    if (id.find(wanted) != std::string::npos) found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(ErrorKind::usage, fmt::format("there is no drill {}", wanted),
                "See them: basebackup reports");
  }
  return fail(ErrorKind::usage,
              fmt::format("{} could be any of {}", wanted, fmt::join(found, ", ")));
}

Result<bool> show_one(Archive& archive, const ReportsOptions& options) {
  Store& store = *archive.context.store;
  const std::string id = TRY(find_drill(archive, options.id));
  if (!options.html.empty()) {
    const std::string page = TRY(read_drill_page(store, archive.names, id, archive.opening));
    NewFile file = TRY(NewFile::create(options.html, 0600));
    TRY(file.write(bytes_of(page)));
    TRY(file.link_into_place());
    fmt::print("{}\n", options.html);
    return true;
  }
  const DrillReport report = TRY(read_drill_report(store, archive.names, id, archive.opening));
  if (options.json) {
    print_json(drill_report_json(report));
  } else {
    fmt::print("{}", drill_report_text(report, colours_wanted(STDOUT_FILENO)));
  }
  return true;
}

Result<bool> reports(const ReportsOptions& options) {
  if (options.id.empty() && !options.html.empty()) {
    return fail(ErrorKind::usage, "--html needs a drill's id", "See them: basebackup reports");
  }
  Archive archive = TRY(open_archive(options.configuration, options.system_id));
  return options.id.empty() ? list_all(archive, options) : show_one(archive, options);
}

}  // namespace

CommandBody add_reports(CLI::App& app) {
  auto options = std::make_shared<ReportsOptions>(app);
  app.add_option("ID", options->id, "Only this drill, in full; a part of the id is enough");
  app.add_option("--html", options->html, "Write its page into this new file");
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return [options] { return reports(*options); };
}

}  // namespace walden
