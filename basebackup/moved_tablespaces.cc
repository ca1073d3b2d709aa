#include "basebackup/moved_tablespaces.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>

#include "basebackup/rewrite_file.h"
#include "basebackup/server_manifest.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr const char* kMap = "tablespace_map";
constexpr std::size_t kMaxMap = std::size_t{16} << 20U;

std::string escaped(const std::string& location) {
  std::string text;
  for (const char c : location) {
    if (c == '\n' || c == '\r' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

// A line of the map ends at a line break that no backslash stands before.
std::size_t end_of_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

std::uint32_t oid_of(std::string_view line) {
  std::uint32_t oid = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), oid);
  const bool whole = error == std::errc() && end != line.data() + line.size() && *end == ' ';
  return whole ? oid : 0;
}

Result<std::uint32_t> mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  return facts.st_mode & 07777U;
}

}  // namespace

std::string moved_tablespace_map(const std::string& map,
                                 const std::map<std::uint32_t, std::string>& moved) {
  std::string text;
  for (std::string_view rest = map; !rest.empty();) {
    const auto length = end_of_line(rest);
    const auto place = moved.find(oid_of(rest.substr(0, length)));
    if (place == moved.end()) {
      text += rest.substr(0, length);
    } else {
      text += fmt::format("{} {}\n", place->first, escaped(place->second));
    }
    rest.remove_prefix(length);
  }
  return text;
}

Result<> rewrite_tablespace_map(const RestorePlace& place, const RestoredTree& tree) {
  std::map<std::uint32_t, std::string> moved;
  for (const auto& tablespace : place.tablespaces) {
    if (tablespace.location != std::filesystem::path(tablespace.original)) {
      moved.emplace(tablespace.oid, tablespace.location.string());
    }
  }
  if (moved.empty()) return {};
  // Before 16 a backup has none.
  std::error_code error;
  if (!std::filesystem::exists(tree.path_of(kMap), error) && !error) return {};
  const Buffer map = TRY(read_file(tree.path_of(kMap), kMaxMap));
  const std::string content = moved_tablespace_map(std::string(text_of(map)), moved);
  const std::uint32_t mode = TRY(mode_of(tree.path_of(kMap)));
  TRY(rewrite_file(tree, kMap, mode, content));
  return change_server_manifest(tree, [&](std::string line) -> Result<std::string> {
    const bool is_map = path_of_entry(line) == kMap;
    return is_map ? entry_with_content(std::move(line), content) : std::move(line);
  });
}

}  // namespace walden
