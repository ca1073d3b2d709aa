#include "wal-fetch/fetch_file.h"

#include "common/archive/cluster_marker.h"
#include "common/archive/data_directory.h"
#include "common/program/configured_store.h"
#include "wal-fetch/temporary_copy.h"

namespace walden {
namespace {

// Of one operation; between them fetch_patiently() says what is being waited for.
constexpr std::chrono::seconds kPatience{30};

Result<std::uint64_t> system_of(Store& store, const std::string& cluster,
                                const std::filesystem::path& path) {
  if (const auto server = TRY(system_identifier_of(data_directory_of(path)))) return *server;
  return TRY(read_marker(store, cluster)).system_identifier;
}

bool is_answer(const Result<>& fetched) {
  return fetched || fetched.error().kind == ErrorKind::absent ||
         fetched.error().kind == ErrorKind::usage;
}

}  // namespace

Result<Source> open_source(const Configuration& configuration, std::chrono::seconds deadline) {
  Source source;
  source.store = TRY(open_configured_store(configuration, std::min(kPatience, deadline)));
  source.cluster = configuration.cluster;
  source.opening = TRY(load_opening(configuration));
  return source;
}

Result<> fetch_file(const Source& source, const FetchRequest& request) {
  const std::uint64_t system = TRY(system_of(*source.store, source.cluster, request.path));
  WalArchive archive(*source.store, ObjectNames(source.cluster, system));
  TemporaryCopy copy = TRY(TemporaryCopy::create(request.path));
  TRY(archive.fetch(request.name, source.opening, copy.sink()));
  return copy.put_into_place();
}

Result<> fetch_patiently(const Source& source, const FetchRequest& request, Patience patience) {
  for (;;) {
    auto fetched = fetch_file(source, request);
    if (is_answer(fetched) || !patience.another_try(fetched.error())) return fetched;
  }
}

}  // namespace walden
