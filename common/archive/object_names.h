// Every name that Walden gives to an object is built and parsed here (design: "in the store").
//
//   <cluster>/cluster.json
//   <cluster>/<system id>/wal/<timeline>/<log>/<segment>       .partial and .backup beside it
//   <cluster>/<system id>/wal/<TTTTTTTT>.history
//   <cluster>/<system id>/backup/<id>/manifest
//   <cluster>/<system id>/backup/<id>/pack-0001
//   <cluster>/<system id>/backup/<id>/server
//   <cluster>/<system id>/backup/<id>/outline
//   <cluster>/<system id>/backup/<id>/expired, condemned       marks of basebackup expire
//   <cluster>/<system id>/keep/<id>/<UTC time>-<random>
//   <cluster>/<system id>/drill/<UTC time>/outline             report.json and report.html beside
//   it
//   <cluster>/audit/<UTC time>-<host>-<random>
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes/instant.h"
#include "common/bytes/sealed_object.h"
#include "common/postgres/wal_name.h"

namespace walden {

// A cluster's name: 1 to 63 of a-z, A-Z, 0-9, '-', '_', '.'; no dot first.
// ErrorKind::configuration.
[[nodiscard]] Result<> check_cluster_name(std::string_view cluster);

class ObjectNames {
 public:
  ObjectNames(std::string cluster, std::uint64_t system_identifier)
      : cluster_(std::move(cluster)), system_identifier_(system_identifier) {}

  [[nodiscard]] const std::string& cluster() const { return cluster_; }
  [[nodiscard]] std::uint64_t system_identifier() const { return system_identifier_; }

  [[nodiscard]] std::string wal(const WalName& name) const;
  // All WAL of one timeline; of every timeline, with the histories.
  [[nodiscard]] std::string wal_prefix(Timeline timeline) const;
  [[nodiscard]] std::string wal_prefix() const;
  [[nodiscard]] std::string system_prefix() const;  // everything of this system identifier
  [[nodiscard]] std::string backup_prefix() const;
  [[nodiscard]] std::string manifest(std::string_view backup_id) const;
  [[nodiscard]] std::string pack(std::string_view backup_id, std::uint32_t number) const;
  [[nodiscard]] std::string outline(std::string_view backup_id) const;
  // Given up: its manifest goes. Condemned: nothing may refer to its packs any more.
  [[nodiscard]] std::string expired_mark(std::string_view backup_id) const;
  [[nodiscard]] std::string condemned_mark(std::string_view backup_id) const;
  [[nodiscard]] std::string backup_folder(std::string_view backup_id) const;  // ends in '/'
  [[nodiscard]] std::string keep_prefix() const;

  [[nodiscard]] std::string drill_prefix() const;
  // `file`: kDrillOutline and the like.
  [[nodiscard]] std::string drill(std::string_view drill_id, std::string_view file) const;
  [[nodiscard]] std::string server_record(std::string_view backup_id) const;

  // What is bound into the object under this name: the name below <cluster>/.
  [[nodiscard]] ObjectIdentity identity(std::string_view object_name) const;

 private:
  std::string cluster_;
  std::uint64_t system_identifier_;
};

inline constexpr std::string_view kDrillOutline = "outline";
inline constexpr std::string_view kDrillReport = "report.json";
inline constexpr std::string_view kDrillPage = "report.html";

[[nodiscard]] std::string marker_name(std::string_view cluster);

[[nodiscard]] std::string audit_prefix(std::string_view cluster);
// "<cluster>/audit/20261121T031702.123456Z-db1-0c9e4d27": a letter of the host's name that no
// object's name may hold becomes '-'.
[[nodiscard]] std::string audit_object_name(std::string_view cluster, Instant time,
                                            std::string_view host, std::uint32_t random);

// "20261121T031702Z-tl1-AF4C": start time, timeline, log and segment of the start position.
[[nodiscard]] std::string backup_id(std::int64_t start_seconds, Timeline timeline, Lsn start,
                                    std::uint32_t segment_size);
// The id out of "<…>/backup/<id>/manifest"; empty for any other name.
[[nodiscard]] std::string backup_id_of_manifest(std::string_view object_name);

// "20261121T230501Z": when the drill began.
[[nodiscard]] std::string drill_id(std::int64_t begun_seconds);
// The id out of "<…>/drill/<id>/outline"; empty for any other name.
[[nodiscard]] std::string drill_id_of_outline(std::string_view object_name);

}  // namespace walden
