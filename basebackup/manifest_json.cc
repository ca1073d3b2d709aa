#include "basebackup/manifest_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFirstWithReferences = 2;  // version of the manifest

// Thrown only within this file: a library that throws and our own checks leave by the same door.
struct Malformed {
  std::string what;
};

bool is_utf8(std::string_view text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

Buffer from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) throw Malformed{"odd number of hex digits"};
  Buffer bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    std::uint8_t byte = 0;
    const char* last = hex.data() + i + 2;
    if (std::from_chars(hex.data() + i, last, byte, 16).ptr != last) {
      throw Malformed{"not a hex digit"};
    }
    bytes.push_back(byte);
  }
  return bytes;
}

// File names are bytes; JSON is UTF-8. PostgreSQL's own manifest solves it in the same way.
void put_path(Json& json, const std::string& path) {
  if (is_utf8(path)) {
    json["path"] = path;
  } else {
    json["encoded_path"] = to_hex(bytes_of(path));
  }
}

std::string get_path(const Json& json) {
  if (json.contains("path")) return json.at("path").get<std::string>();
  return std::string(text_of(from_hex(json.at("encoded_path").get<std::string>())));
}

// The library itself would cut a number to fit, fractions and all.
template <class T>
T to_number(const Json& value, const char* what) {
  if (!value.is_number_unsigned()) throw Malformed{fmt::format("{} is not a count", what)};
  const auto number = value.get<std::uint64_t>();
  if (number > std::numeric_limits<T>::max()) throw Malformed{fmt::format("{} is too large", what)};
  return static_cast<T>(number);
}

template <class T>
T get_number(const Json& json, const char* key) {
  return to_number<T>(json.at(key), key);
}

template <class T>
std::vector<T> to_numbers(const Json& list, const char* what) {
  if (!list.is_array()) throw Malformed{fmt::format("{} is not a list", what)};
  std::vector<T> numbers;
  numbers.reserve(list.size());
  for (const auto& value : list) numbers.push_back(to_number<T>(value, what));
  return numbers;
}

// Clocks count from 1970, and what is shown of a moment has a year of four digits.
Instant get_instant(const Json& json, const char* key) {
  constexpr std::int64_t kEndOf9999 = 253'402'300'800'000'000;
  const auto microseconds = get_number<std::int64_t>(json, key);
  if (microseconds >= kEndOf9999) throw Malformed{fmt::format("{} is too large", key)};
  return {microseconds};
}

// A file may be older than 1970.
std::int64_t get_second(const Json& json, const char* key) {
  const auto& value = json.at(key);
  if (value.is_number_unsigned()) return to_number<std::int64_t>(value, key);
  if (!value.is_number_integer()) throw Malformed{fmt::format("{} is not a whole number", key)};
  return value.get<std::int64_t>();
}

std::uint64_t get_identifier(const Json& json) {
  const auto text = json.at("system_identifier").get<std::string>();
  std::uint64_t value = 0;
  const char* last = text.data() + text.size();
  if (std::from_chars(text.data(), last, value).ptr != last || value == 0) {
    throw Malformed{"system_identifier is not a number"};
  }
  return value;
}

Lsn get_lsn(const Json& json, const char* key) {
  const auto lsn = Lsn::parse(json.at(key).get<std::string>());
  if (!lsn) throw Malformed{lsn.error().cause};
  return *lsn;
}

Json to_json(const BackupSummary& summary) {
  Json tablespaces = Json::array();
  for (const auto& tablespace : summary.tablespaces) {
    Json entry{{"oid", tablespace.oid}, {"size", tablespace.size}};
    put_path(entry, tablespace.location);
    tablespaces.push_back(std::move(entry));
  }
  return {{"walden_manifest", kManifestVersion},
          {"id", summary.id},
          {"kind", summary.kind},
          {"base", summary.base},
          {"label", summary.label},
          {"cluster", summary.cluster},
          {"system_identifier", std::to_string(summary.system_identifier)},
          {"server_version", summary.server_version},
          {"segment_size", summary.segment_size},
          {"timeline", summary.timeline},
          {"start_lsn", summary.start.to_text()},
          {"stop_lsn", summary.stop.to_text()},
          {"started_us", summary.started.microseconds},
          {"stopped_us", summary.stopped.microseconds},
          {"from_standby", summary.from_standby},
          {"data_directory_mode", summary.data_directory_mode},
          {"database_size", summary.database_size},
          {"stored_size", summary.stored_size},
          {"files", summary.file_count},
          {"packs", summary.pack_count},
          {"references", summary.references},
          {"with_wal", summary.with_wal},
          {"tablespaces", std::move(tablespaces)},
          {"checksum_failures", summary.checksum_failures},
          {"warnings", summary.warnings}};
}

BackupSummary summary_from(const Json& json) {
  BackupSummary summary;
  summary.id = json.at("id").get<std::string>();
  summary.kind = json.at("kind").get<std::string>();
  summary.label = json.at("label").get<std::string>();
  summary.cluster = json.at("cluster").get<std::string>();
  summary.system_identifier = get_identifier(json);
  summary.server_version = get_number<int>(json, "server_version");
  summary.segment_size = get_number<std::uint32_t>(json, "segment_size");
  if (!valid_segment_size(summary.segment_size)) throw Malformed{"impossible segment_size"};
  summary.timeline = get_number<Timeline>(json, "timeline");
  if (summary.timeline == 0) throw Malformed{"timeline 0"};
  summary.start = get_lsn(json, "start_lsn");
  summary.stop = get_lsn(json, "stop_lsn");
  if (summary.stop <= summary.start) throw Malformed{"it stops before it starts"};
  summary.started = get_instant(json, "started_us");
  summary.stopped = get_instant(json, "stopped_us");
  summary.from_standby = json.at("from_standby").get<bool>();
  summary.data_directory_mode = get_number<std::uint32_t>(json, "data_directory_mode") & 07777U;
  summary.database_size = get_number<std::uint64_t>(json, "database_size");
  summary.stored_size = get_number<std::uint64_t>(json, "stored_size");
  summary.file_count = get_number<std::uint64_t>(json, "files");
  summary.pack_count = get_number<std::uint32_t>(json, "packs");
  if (get_number<int>(json, "walden_manifest") >= kFirstWithReferences) {
    summary.base = json.at("base").get<std::string>();
    summary.references = json.at("references").get<std::vector<std::string>>();
    summary.with_wal = json.at("with_wal").get<bool>();
  }
  for (const auto& entry : json.at("tablespaces")) {
    summary.tablespaces.push_back({.oid = get_number<std::uint32_t>(entry, "oid"),
                                   .location = get_path(entry),
                                   .size = get_number<std::uint64_t>(entry, "size")});
  }
  summary.checksum_failures = json.at("checksum_failures").get<std::vector<std::string>>();
  if (json.contains("warnings")) {  // added within version 2
    summary.warnings = json.at("warnings").get<std::vector<std::string>>();
  }
  return summary;
}

Json to_json(const PackRecord& pack) {
  return {{"pack", pack.number},
          {"object", pack.object},
          {"header", pack.header_size},
          {"stored", pack.stored_size},
          {"frames", pack.frame_sizes}};
}

PackRecord pack_from(const Json& json) {
  PackRecord pack;
  pack.number = get_number<std::uint32_t>(json, "pack");
  pack.object = json.at("object").get<std::string>();
  pack.header_size = get_number<std::uint32_t>(json, "header");
  pack.stored_size = get_number<std::uint64_t>(json, "stored");
  pack.frame_sizes = to_numbers<std::uint32_t>(json.at("frames"), "a frame's size");
  std::uint64_t end = pack.header_size;
  for (const std::uint32_t size : pack.frame_sizes) end += size;
  if (end > pack.stored_size) throw Malformed{"frames reach past the end of the pack"};
  return pack;
}

Json to_json(const DirectoryRecord& directory) {
  Json json{{"mode", directory.mode}};
  json["directory"] = true;
  put_path(json, directory.path);
  return json;
}

DirectoryRecord directory_from(const Json& json) {
  return {.path = get_path(json), .mode = get_number<std::uint32_t>(json, "mode") & 07777U};
}

void put_digest(Json& json, const ContentDigest& digest) {
  switch (digest.kind) {
    case ContentDigest::Kind::sha256:
      json["sha256"] = to_hex(digest.value);
      return;
    case ContentDigest::Kind::chunked:
      json["chunks"] = to_hex(digest.value);
      return;
    case ContentDigest::Kind::none:
      json["blocks"] = true;
      return;
  }
}

// One of the three is there: a file whose digest was lost must not pass for one that has none.
ContentDigest get_digest(const Json& json) {
  if (json.contains("blocks")) return {};
  const bool chunked = json.contains("chunks");
  const char* key = chunked ? "chunks" : "sha256";
  ContentDigest digest{.kind = chunked ? ContentDigest::Kind::chunked : ContentDigest::Kind::sha256,
                       .value = {}};
  const auto bytes = from_hex(json.at(key).get<std::string>());
  if (bytes.size() != digest.value.size()) throw Malformed{fmt::format("{} is not 32 bytes", key)};
  std::ranges::copy(bytes, digest.value.begin());
  return digest;
}

Json to_json(const FileRecord& file) {
  Json json;
  put_path(json, file.path);
  json["mode"] = file.mode;
  json["size"] = file.size;
  json["mtime"] = file.modified;
  put_digest(json, file.digest);
  Json runs = Json::array();
  for (const auto& run : file.runs) runs.push_back({run.pack, run.frame, run.offset, run.length});
  json["runs"] = std::move(runs);
  return json;
}

FileRun run_from(const Json& json) {
  const auto numbers = to_numbers<std::uint64_t>(json, "a run");
  if (numbers.size() != 4) throw Malformed{"a run is not four numbers"};
  for (const std::size_t i : {0, 1, 2}) {
    if (numbers[i] > std::numeric_limits<std::uint32_t>::max()) throw Malformed{"a run's number"};
  }
  return {.pack = static_cast<std::uint32_t>(numbers[0]),
          .frame = static_cast<std::uint32_t>(numbers[1]),
          .offset = static_cast<std::uint32_t>(numbers[2]),
          .length = numbers[3]};
}

FileRecord file_from(const Json& json) {
  FileRecord file;
  file.path = get_path(json);
  file.mode = get_number<std::uint32_t>(json, "mode") & 07777U;
  file.size = get_number<std::uint64_t>(json, "size");
  file.modified = get_second(json, "mtime");
  file.digest = get_digest(json);
  std::uint64_t total = 0;
  for (const auto& entry : json.at("runs")) {
    file.runs.push_back(run_from(entry));
    if (file.runs.back().length > file.size - total) throw Malformed{"runs longer than the file"};
    total += file.runs.back().length;
  }
  if (total != file.size) throw Malformed{"runs shorter than the file"};
  return file;
}

Json to_json(const ManifestEnd& end) {
  return {
      {"end", true}, {"packs", end.packs}, {"directories", end.directories}, {"files", end.files}};
}

ManifestEnd end_from(const Json& json) {
  return {.packs = get_number<std::uint64_t>(json, "packs"),
          .directories = get_number<std::uint64_t>(json, "directories"),
          .files = get_number<std::uint64_t>(json, "files")};
}

Result<ManifestLine> parse(const Json& json) {
  if (json.contains("walden_manifest")) {
    const auto version = get_number<std::uint32_t>(json, "walden_manifest");
    if (version > kManifestVersion) {
      return fail(ErrorKind::configuration,
                  fmt::format("its manifest has format version {}, this program reads up to {}",
                              version, kManifestVersion),
                  "Upgrade Walden on this host to at least the version that took the backup.");
    }
    return summary_from(json);
  }
  if (json.contains("pack")) return pack_from(json);
  if (json.contains("directory")) return directory_from(json);
  if (json.contains("end")) return end_from(json);
  return file_from(json);
}

}  // namespace

std::string to_json_line(const ManifestLine& line) {
  // Labels and a server's sentences may be in any encoding; paths that are not UTF-8 are in hex.
  constexpr auto kReplace = Json::error_handler_t::replace;
  return std::visit(
      [](const auto& record) { return to_json(record).dump(-1, ' ', false, kReplace); }, line);
}

Result<ManifestLine> parse_json_line(std::string_view line) {
  try {
    return parse(Json::parse(line));
  } catch (const Malformed& malformed) {
    return fail(ErrorKind::corrupt, fmt::format("malformed manifest line: {}", malformed.what));
  } catch (const Json::exception& error) {
    return fail(ErrorKind::corrupt, fmt::format("malformed manifest line: {}", error.what()));
  }
}

}  // namespace walden
