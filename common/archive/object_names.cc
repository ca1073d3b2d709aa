#include "common/archive/object_names.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace walden {
namespace {

constexpr std::size_t kMaxClusterName = 63;
constexpr std::int64_t kEndOf9999 = 253402300799;
constexpr std::string_view kManifest = "/manifest";

bool valid_cluster_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// A server's clock may say anything; fmt takes years of four digits only.
std::tm utc(std::int64_t seconds) {
  const std::time_t time = std::clamp<std::int64_t>(seconds, 0, kEndOf9999);
  std::tm fields{};
  ::gmtime_r(&time, &fields);
  return fields;
}

}  // namespace

Result<> check_cluster_name(std::string_view cluster) {
  if (!cluster.empty() && cluster.size() <= kMaxClusterName && cluster.front() != '.' &&
      std::ranges::all_of(cluster, valid_cluster_character)) {
    return {};
  }
  return fail(ErrorKind::configuration, fmt::format("\"{}\" cannot be a cluster's name", cluster),
              "A cluster's name is 1 to 63 of a-z, A-Z, 0-9, '-', '_' and '.', with no dot first");
}

std::string ObjectNames::wal(const WalName& name) const {
  if (name.kind == WalFileKind::timeline_history) return wal_prefix() + name.to_text();
  return fmt::format("{}{:08X}/{}", wal_prefix(name.timeline), name.log, name.to_text());
}

std::string ObjectNames::wal_prefix(Timeline timeline) const {
  return fmt::format("{}{:08X}/", wal_prefix(), timeline);
}

std::string ObjectNames::system_prefix() const {
  return fmt::format("{}/{}/", cluster_, system_identifier_);
}

std::string ObjectNames::wal_prefix() const {
  return fmt::format("{}/{}/wal/", cluster_, system_identifier_);
}

std::string ObjectNames::backup_prefix() const {
  return fmt::format("{}/{}/backup/", cluster_, system_identifier_);
}

std::string ObjectNames::manifest(std::string_view backup_id) const {
  return fmt::format("{}{}{}", backup_prefix(), backup_id, kManifest);
}

std::string ObjectNames::pack(std::string_view backup_id, std::uint32_t number) const {
  return fmt::format("{}{}/pack-{:04}", backup_prefix(), backup_id, number);
}

std::string ObjectNames::server_record(std::string_view backup_id) const {
  return fmt::format("{}{}/server", backup_prefix(), backup_id);
}

std::string ObjectNames::outline(std::string_view backup_id) const {
  return backup_folder(backup_id) + "outline";
}

std::string ObjectNames::expired_mark(std::string_view backup_id) const {
  return backup_folder(backup_id) + "expired";
}

std::string ObjectNames::condemned_mark(std::string_view backup_id) const {
  return backup_folder(backup_id) + "condemned";
}

std::string ObjectNames::backup_folder(std::string_view backup_id) const {
  return fmt::format("{}{}/", backup_prefix(), backup_id);
}

std::string ObjectNames::keep_prefix() const {
  return fmt::format("{}/{}/keep/", cluster_, system_identifier_);
}

std::string ObjectNames::drill_prefix() const {
  return system_prefix() + "drill/";
}

std::string ObjectNames::drill(std::string_view drill_id, std::string_view file) const {
  return fmt::format("{}{}/{}", drill_prefix(), drill_id, file);
}

ObjectIdentity ObjectNames::identity(std::string_view object_name) const {
  if (object_name.starts_with(cluster_ + "/")) object_name.remove_prefix(cluster_.size() + 1);
  return {cluster_, system_identifier_, std::string(object_name)};
}

std::string marker_name(std::string_view cluster) {
  return fmt::format("{}/cluster.json", cluster);
}

std::string audit_prefix(std::string_view cluster) {
  return fmt::format("{}/audit/", cluster);
}

std::string audit_object_name(std::string_view cluster, Instant time, std::string_view host,
                              std::uint32_t random) {
  std::string name(host.substr(0, kMaxClusterName));
  std::ranges::replace_if(
      name, [](char c) { return !valid_cluster_character(c); }, '-');
  const std::int64_t seconds = time.microseconds / 1'000'000;
  return fmt::format("{}{:%Y%m%dT%H%M%S}.{:06}Z-{}-{:08x}", audit_prefix(cluster), utc(seconds),
                     std::max<std::int64_t>(time.microseconds % 1'000'000, 0), name, random);
}

std::string backup_id(std::int64_t start_seconds, Timeline timeline, Lsn start,
                      std::uint32_t segment_size) {
  const WalName segment = segment_name(timeline, segment_of(start, segment_size), segment_size);
  return fmt::format("{:%Y%m%dT%H%M%SZ}-tl{}-{:X}{:02X}", utc(start_seconds), timeline, segment.log,
                     segment.segment);
}

namespace {

// "<…><folder>/<id><end>" -> "<id>".
std::string id_between(std::string_view object_name, std::string_view folder,
                       std::string_view end) {
  if (!object_name.ends_with(end)) return {};
  object_name.remove_suffix(end.size());
  const auto slash = object_name.rfind('/');
  if (slash == std::string_view::npos || !object_name.substr(0, slash).ends_with(folder)) {
    return {};
  }
  return std::string(object_name.substr(slash + 1));
}

}  // namespace

std::string backup_id_of_manifest(std::string_view object_name) {
  return id_between(object_name, "/backup", kManifest);
}

std::string drill_id(std::int64_t begun_seconds) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", utc(begun_seconds));
}

std::string drill_id_of_outline(std::string_view object_name) {
  return id_between(object_name, "/drill", "/outline");
}

}  // namespace walden
