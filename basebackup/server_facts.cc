#include "basebackup/server_facts.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <limits>
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

// Bytes of "16MB" and the like; 0 for what is none.
std::uint64_t bytes_shown(std::string_view text) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 20U;  // of any unit
  std::uint64_t count = 0;
  const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view suffix(unit, static_cast<std::size_t>(text.data() + text.size() - unit));
  if (error != std::errc() || count > kMost) return 0;
  if (suffix == "kB") return count << 10U;
  if (suffix == "MB") return count << 20U;
  if (suffix == "GB") return count << 30U;
  return suffix == "TB" ? count << 40U : 0;
}

std::uint32_t parse_block_size(std::string_view text) {
  std::uint32_t size = 0;
  const char* last = text.data() + text.size();
  const bool read = std::from_chars(text.data(), last, size).ptr == last;
  return read && std::has_single_bit(size) && size >= 1024 && size <= 32768 ? size : 0;
}

}  // namespace

Result<std::uint32_t> parse_segment_size(std::string_view text) {
  const std::uint64_t size = bytes_shown(text);
  if (valid_segment_size(size)) return static_cast<std::uint32_t>(size);
  return fail(ErrorKind::corrupt, fmt::format("the server's wal_segment_size is '{}'", text));
}

Result<BlockLayout> parse_block_layout(std::string_view block_size, std::string_view segment_size) {
  const std::uint32_t block = parse_block_size(block_size);
  const std::uint64_t segment = bytes_shown(segment_size);
  if (block != 0 && segment != 0 && segment % block == 0 &&
      segment / block <= std::numeric_limits<std::uint32_t>::max()) {
    return BlockLayout{.size = block, .in_a_segment = static_cast<std::uint32_t>(segment / block)};
  }
  return fail(ErrorKind::corrupt, fmt::format("the server's block_size is '{}', its segment_size "
                                              "'{}'",
                                              block_size, segment_size));
}

Result<> check_same_server(const ServerFacts& before, const ServerFacts& now) {
  const auto other = [](std::string_view what) {
    return fail(
        ErrorKind::transient,
        fmt::format("connected to the server a second time, another one answered: {}", what),
        "Take the backup again; let --connection name one server.");
  };
  if (now.system_identifier != before.system_identifier) {
    return other(fmt::format("its system identifier is {}, and was {}", now.system_identifier,
                             before.system_identifier));
  }
  if (now.is_standby != before.is_standby) {
    return other(now.is_standby ? "it is a standby" : "it is no standby");
  }
  if (now.segment_size != before.segment_size) return other("its wal_segment_size differs");
  // A standby's can differ from its primary's.
  if (now.data_checksums != before.data_checksums) return other("its data_checksums differs");
  return {};
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
