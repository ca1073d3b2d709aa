#include "wal-fetch-worker/fetch_file.h"

#include <algorithm>

#include "common/archive/cluster_marker.h"
#include "common/archive/data_directory.h"
#include "common/program/configured_store.h"

namespace walden {
namespace {

// Of one operation; between them try_patiently() says what is being waited for.
constexpr std::chrono::seconds kPatience{30};

Result<std::uint64_t> system_of(Store& store, const std::string& cluster,
                                const std::filesystem::path& data_directory) {
  if (const auto server = TRY(system_identifier_of(data_directory))) return *server;
  return TRY(read_marker(store, cluster)).system_identifier;
}

}  // namespace

Result<Source> open_source(const Configuration& configuration, std::chrono::seconds deadline,
                           std::function<void(const std::string& text)> say) {
  Source source;
  source.store =
      TRY(open_configured_store(configuration, std::min(kPatience, deadline), std::move(say)));
  source.cluster = configuration.cluster;
  source.opening = TRY(load_opening(configuration));
  return source;
}

Result<SealedSummary> fetch_into(const Source& source, const FetchRequest& request,
                                 ByteSink& sink) {
  const std::uint64_t system =
      TRY(system_of(*source.store, source.cluster, request.data_directory));
  WalArchive archive(*source.store, ObjectNames(source.cluster, system));
  Opening opening = source.opening;
  opening.threads = request.threads;
  return archive.fetch(request.name, opening, sink);
}

bool is_answer(const Error& error) {
  return error.kind == ErrorKind::absent || error.kind == ErrorKind::usage;
}

Result<> try_patiently(const std::function<Result<>()>& attempt, Patience patience,
                       bool (*is_final)(const Error&)) {
  for (;;) {
    auto fetched = attempt();
    if (fetched || is_final(fetched.error()) || !patience.another_try(fetched.error())) {
      return fetched;
    }
  }
}

}  // namespace walden
