#include "basebackup/drill_archive.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "basebackup/drill_json.h"
#include "basebackup/manifest.h"
#include "basebackup/newest_objects.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

Result<> store_sealed(Store& store, const ObjectNames& names, const std::string& object,
                      const Sealing& sealing, std::string_view content) {
  auto upload = TRY(store.create(object));
  auto sealed = TRY(SealedWriter::create(sealing, names.identity(object), *upload));
  TRY(sealed->write(bytes_of(content)));
  TRY(sealed->finish());
  return upload->commit();
}

Result<Buffer> open_whole(Store& store, const ObjectNames& names, const std::string& object,
                          const Opening& opening) {
  BufferSink content(kMostBytes);
  SealedReader reader(opening, names.identity(object), content);
  TRY(store.read(object, {}, reader));
  TRY(reader.finish());
  return content.take();
}

template <class T>
Result<T> about(const std::string& object, Result<T> result) {
  if (result) return result;
  return std::unexpected(naming(object, result.error()));
}

Result<std::string> read_text(Store& store, const ObjectNames& names, const std::string& object,
                              const Opening& opening) {
  const Buffer content = TRY(about(object, open_whole(store, names, object, opening)));
  return std::string(text_of(content));
}

std::string to_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// What lies under another drill's name is bound to that name; what it says must be the same.
template <class T>
Result<T> of_drill(const std::string& id, const ObjectNames& names, Result<T> found) {
  if (!found) return found;
  if (found->id == id && found->cluster == names.cluster() &&
      found->system_identifier == names.system_identifier()) {
    return found;
  }
  return fail(ErrorKind::corrupt,
              fmt::format("it describes drill {} of {}", found->id, found->cluster));
}

}  // namespace

Result<> store_drill(Store& store, const ObjectNames& names, const Sealing& sealing,
                     const StoredDrill& drill) {
  const std::string& id = drill.report.id;
  TRY(store_sealed(store, names, names.drill(id, kDrillReport), sealing,
                   to_text(drill_report_json(drill.report))));
  TRY(store_sealed(store, names, names.drill(id, kDrillPage), sealing, drill.page));
  Sealing open = sealing;
  open.recipients.clear();
  return store_sealed(store, names, names.drill(id, kDrillOutline), open,
                      to_text(drill_outline_json(outline_of(drill.report))));
}

Result<std::vector<std::string>> list_drills(Store& store, const ObjectNames& names) {
  std::vector<std::string> ids;
  TRY(store.list({names.drill_prefix(), {}}, [&](const ObjectEntry& entry) -> Result<> {
    if (auto id = drill_id_of_outline(entry.name); !id.empty()) ids.push_back(std::move(id));
    return {};
  }));
  return ids;
}

Result<DrillOutline> read_drill_outline(Store& store, const ObjectNames& names,
                                        const std::string& id, const Opening& opening) {
  const std::string object = names.drill(id, kDrillOutline);
  const std::string text = TRY(read_text(store, names, object, opening));
  return about(object, of_drill(id, names, parse_drill_outline(text)));
}

Result<LastDrill> read_last_drill(Store& store, const ObjectNames& names, const Opening& opening) {
  LastDrill last;
  const auto newest =
      TRY(newest_objects(store, names.drill_prefix(), [](const std::string& object) {
        return !drill_id_of_outline(object).empty();
      }));
  for (const std::string& object : newest) {
    const std::string id = drill_id_of_outline(object);
    auto outline = read_drill_outline(store, names, id, opening);
    if (outline) {
      last.outline = std::move(*outline);
      break;
    }
    const ErrorKind kind = outline.error().kind;
    if (kind != ErrorKind::corrupt && kind != ErrorKind::absent) {
      return std::unexpected(std::move(outline).error());
    }
    if (kind == ErrorKind::corrupt && last.not_believed.empty()) last.not_believed = id;
  }
  return last;
}

Result<DrillReport> read_drill_report(Store& store, const ObjectNames& names, const std::string& id,
                                      const Opening& opening) {
  const std::string object = names.drill(id, kDrillReport);
  const std::string text = TRY(read_text(store, names, object, opening));
  return about(object, of_drill(id, names, parse_drill_report(text)));
}

Result<std::string> read_drill_page(Store& store, const ObjectNames& names, const std::string& id,
                                    const Opening& opening) {
  return read_text(store, names, names.drill(id, kDrillPage), opening);
}

}  // namespace walden
