#include "basebackup/server_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "basebackup/manifest.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::size_t kMaxSize = std::size_t{64} << 20U;

Json database_json(const DatabaseRecord& database) {
  Json extensions = Json::array();
  for (const auto& extension : database.extensions) {
    extensions.push_back({{"name", extension.name}, {"version", extension.version}});
  }
  return {{"name", database.name},
          {"encoding", database.encoding},
          {"collation", database.collation},
          {"character_type", database.character_type},
          {"locale_provider", database.locale_provider},
          {"locale", database.locale},
          {"collation_version", database.collation_version},
          {"size", database.size ? Json(*database.size) : Json()},
          {"definitions", database.definitions},
          {"schema_sha256", database.schema_digest},
          {"extensions", std::move(extensions)},
          {"not_recorded", database.not_recorded}};
}

struct NoCount {};

// The library itself would cut a number to fit, fractions and all.
std::uint64_t count_in(const Json& value) {
  if (!value.is_number_unsigned()) throw NoCount();
  return value.get<std::uint64_t>();
}

DatabaseRecord database_from(const Json& json) {
  DatabaseRecord database{.name = json.at("name"),
                          .encoding = json.at("encoding"),
                          .collation = json.at("collation"),
                          .character_type = json.at("character_type"),
                          .locale_provider = json.at("locale_provider"),
                          .locale = json.at("locale"),
                          .collation_version = json.at("collation_version"),
                          .size = std::nullopt,
                          .definitions = count_in(json.at("definitions")),
                          .schema_digest = json.at("schema_sha256"),
                          .extensions = {},
                          .not_recorded = json.at("not_recorded")};
  if (!json.at("size").is_null()) database.size = count_in(json.at("size"));
  for (const auto& extension : json.at("extensions")) {
    database.extensions.push_back({extension.at("name"), extension.at("version")});
  }
  return database;
}

ServerRecord record_from(const Json& json) {
  ServerRecord record;
  for (const auto& [name, value] : json.at("settings").items()) record.settings[name] = value;
  for (const auto& database : json.at("databases")) {
    record.databases.push_back(database_from(database));
  }
  record.not_recorded = json.at("not_recorded");
  return record;
}

template <class T>
Result<T> about(const std::string& object, Result<T> result) {
  if (result) return result;
  return std::unexpected(naming(object, result.error()));
}

}  // namespace

std::string to_json(const ServerRecord& record) {
  Json databases = Json::array();
  for (const auto& database : record.databases) databases.push_back(database_json(database));
  const Json json = {{"walden_server", kVersion},
                     {"settings", record.settings},
                     {"databases", std::move(databases)},
                     {"not_recorded", record.not_recorded}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ServerRecord> parse_server_record(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("walden_server") ||
      !json.at("walden_server").is_number_unsigned()) {
    return fail(ErrorKind::corrupt, "it is no description of a server");
  }
  const auto version = json.at("walden_server").get<std::uint64_t>();
  if (version > kVersion) {
    return fail(ErrorKind::configuration,
                fmt::format("it has version {}; this program knows {}", version, kVersion),
                "Upgrade Walden on this host");
  }
  try {
    return record_from(json);
  } catch (const Json::exception& error) {
    return fail(ErrorKind::corrupt,
                fmt::format("it is no description of a server: {}", error.what()));
  } catch (const NoCount&) {
    return fail(ErrorKind::corrupt, "it is no description of a server: a count is none");
  }
}

Result<> write_server_record(Store& store, const ObjectNames& names, const std::string& backup_id,
                             const ServerRecord& record, const Sealing& sealing) {
  const std::string object = names.server_record(backup_id);
  auto upload = TRY(store.create(object));
  auto sealed = TRY(SealedWriter::create(sealing, names.identity(object), *upload));
  TRY(sealed->write(bytes_of(to_json(record))));
  TRY(sealed->finish());
  return upload->commit();
}

Result<ServerRecord> read_server_record(Store& store, const ObjectNames& names,
                                        const std::string& backup_id, const Opening& opening) {
  const std::string object = names.server_record(backup_id);
  BufferSink plaintext(kMaxSize);
  SealedReader reader(opening, names.identity(object), plaintext);
  TRY(about(object, store.read(object, {}, reader)));
  TRY(about(object, reader.finish()));
  return about(object, parse_server_record(text_of(plaintext.buffer())));
}

}  // namespace walden
