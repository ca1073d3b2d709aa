#include "basebackup/server_facts.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <string>

#include "common/postgres/wal_name.h"

namespace walden {
namespace {

Result<std::uint32_t> parse_mode(const std::string& text) {
  std::uint32_t mode = 0;
  const char* last = text.data() + text.size();
  if (std::from_chars(text.data(), last, mode, 8).ptr != last || mode > 0777) {
    return fail(ErrorKind::corrupt, fmt::format("the server's data_directory_mode is '{}'", text));
  }
  return mode;
}

Result<> check_archiving(ReplicationConnection& connection) {
  if (TRY(connection.show("archive_mode")) != "off") return {};
  return fail(ErrorKind::configuration,
              "archive_mode is off at the server: without its WAL a backup cannot be restored",
              "In postgresql.conf: archive_mode = on and archive_command = 'wal-push %p %f'; then "
              "restart the server.");
}

}  // namespace

Result<std::uint32_t> parse_segment_size(std::string_view text) {
  std::uint64_t count = 0;
  const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view suffix(unit, static_cast<std::size_t>(text.data() + text.size() - unit));
  if (error == std::errc() && count <= kMaxSegmentSize) {
    if (suffix == "MB") count <<= 20U;
    if (suffix == "GB") count <<= 30U;
    if (suffix == "kB") count <<= 10U;
    if (valid_segment_size(count)) return static_cast<std::uint32_t>(count);
  }
  return fail(ErrorKind::corrupt, fmt::format("the server's wal_segment_size is '{}'", text));
}

Result<std::uint32_t> parse_block_size(std::string_view text) {
  std::uint32_t size = 0;
  const char* last = text.data() + text.size();
  if (std::from_chars(text.data(), last, size).ptr == last && std::has_single_bit(size) &&
      size >= 1024 && size <= 32768) {
    return size;
  }
  return fail(ErrorKind::corrupt, fmt::format("the server's block_size is '{}'", text));
}

Result<ServerFacts> ask_server(ReplicationConnection& connection) {
  ServerFacts facts;
  const SystemIdentity identity = TRY(connection.identify_system());
  facts.system_identifier = identity.system_identifier;
  facts.timeline = identity.timeline;
  facts.version = connection.server_version();
  facts.is_standby = TRY(connection.is_standby());
  TRY(check_archiving(connection));
  facts.segment_size = TRY(parse_segment_size(TRY(connection.show("wal_segment_size"))));
  facts.data_directory_mode = TRY(parse_mode(TRY(connection.show("data_directory_mode"))));
  facts.data_checksums = TRY(connection.show("data_checksums"));
  return facts;
}

}  // namespace walden
