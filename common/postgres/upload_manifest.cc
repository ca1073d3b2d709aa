#include "common/postgres/upload_manifest.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <nlohmann/json.hpp>

#include "common/bytes/sha256.h"
#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::minutes(2);
constexpr std::size_t kPiece = std::size_t{64} << 10U;

// Paths are bytes, JSON is UTF-8; the server decodes the one or the other.
std::string path_member(const std::string& path) {
  try {
    return "\"Path\": " + nlohmann::json(path).dump();
  } catch (const nlohmann::json::exception&) {
    return fmt::format("\"Encoded-Path\": \"{}\"", to_hex(bytes_of(path)));
  }
}

}  // namespace

struct ManifestUpload::State {
  State(ReplicationConnection& connection, const UploadedBackup& what,
        const std::atomic<bool>& cancel)
      : reader(connection.raw(), "tell the server of the earlier backup", &cancel), backup(what) {}

  Result<> put(std::string_view text) {
    digest.update(bytes_of(text));
    pending.append(text);
    return pending.size() < kPiece ? Result<>() : send();
  }
  Result<> send() {
    TRY(reader.put_copy(bytes_of(pending), kPatience));
    pending.clear();
    return {};
  }
  Result<> expect(ExecStatusType status) {
    const ServerResult result = TRY(reader.next_result(kPatience));
    if (::PQresultStatus(result.get()) == status) return {};
    return std::unexpected(server_error(reader.doing(), result.get()));
  }

  ServerReader reader;
  UploadedBackup backup;
  Sha256 digest;
  std::string pending;
  bool any = false;
};

ManifestUpload::ManifestUpload(std::unique_ptr<State> state) : state_(std::move(state)) {}
ManifestUpload::ManifestUpload(ManifestUpload&&) noexcept = default;
ManifestUpload& ManifestUpload::operator=(ManifestUpload&&) noexcept = default;
ManifestUpload::~ManifestUpload() = default;

Result<ManifestUpload> ManifestUpload::begin(ReplicationConnection& connection,
                                             const UploadedBackup& backup,
                                             const std::atomic<bool>& cancel) {
  auto state = std::make_unique<State>(connection, backup, cancel);
  TRY(state->reader.send("UPLOAD_MANIFEST"));
  TRY(state->expect(PGRES_COPY_IN));
  TRY(
      state->put(fmt::format("{{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n"
                             "\"System-Identifier\": {},\n\"Files\": [",
                             backup.system_identifier)));
  return ManifestUpload(std::move(state));
}

Result<> ManifestUpload::add(const std::string& path, std::uint64_t size) {
  const std::string_view separator = std::exchange(state_->any, true) ? ",\n" : "\n";
  return state_->put(fmt::format("{}{{ {}, \"Size\": {} }}", separator, path_member(path), size));
}

Result<> ManifestUpload::finish() {
  const UploadedBackup& backup = state_->backup;
  TRY(
      state_->put(fmt::format("\n],\n\"WAL-Ranges\": [\n"
                              "{{ \"Timeline\": {}, \"Start-LSN\": \"{}\", \"End-LSN\": \"{}\" }}\n"
                              "],\n",
                              backup.timeline, backup.start.to_text(), backup.stop.to_text())));
  const std::string last =
      fmt::format("\"Manifest-Checksum\": \"{}\"}}\n", to_hex(state_->digest.finish()));
  state_->pending.append(last);
  TRY(state_->send());
  TRY(state_->reader.end_copy(kPatience));
  TRY(state_->expect(PGRES_COMMAND_OK));
  while (TRY(state_->reader.next_result(kPatience))) continue;
  return {};
}

}  // namespace walden
