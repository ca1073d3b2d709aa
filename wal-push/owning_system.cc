#include "wal-push/owning_system.h"

#include <fmt/format.h>

namespace walden {

Result<std::uint64_t> owning_system(const std::filesystem::path& path, const WalFileFacts& facts,
                                    std::optional<std::uint64_t> server,
                                    const ClusterMarker& marker) {
  const std::uint64_t expected = server.value_or(marker.system_identifier);
  const std::uint64_t written_by = facts.system_identifier.value_or(expected);
  if (written_by == expected) return expected;
  const std::string here =
      server ? std::string("this server") : fmt::format("cluster \"{}\"", marker.cluster);
  return fail(ErrorKind::corrupt,
              fmt::format("{} was written by system {}, {} is system {}", path.native(), written_by,
                          here, expected),
              "It is another server's WAL: see how it came there, and store it under its own "
              "cluster");
}

}  // namespace walden
