#include "basebackup/moved_tablespaces.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>

#include "basebackup/rewrite_file.h"
#include "common/bytes/files.h"
#include "common/bytes/sha256.h"

namespace walden {
namespace {

// The value that follows `key`, up to the comma, space or brace that ends it.
bool replace_value(std::string& line, std::string_view key, const std::string& value) {
  const auto at = line.find(key);
  if (at == std::string::npos) return false;
  const auto begin = at + key.size();
  const auto end = line.find_first_of(", }", begin);
  if (end == std::string::npos || end == begin) return false;
  line.replace(begin, end - begin, value);
  return true;
}

constexpr const char* kMap = "tablespace_map";
constexpr const char* kManifest = "backup_manifest";
constexpr std::size_t kMaxMap = std::size_t{16} << 20U;
constexpr std::size_t kMaxManifest = std::size_t{2} << 30U;

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

Result<> rewrite(const RestoredTree& tree, const char* path, const std::string& content) {
  const std::uint32_t mode = TRY(mode_of(tree.path_of(path)));
  return rewrite_file(tree, path, mode, content);
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

std::optional<std::string> manifest_with_new_content(const std::string& manifest,
                                                     const std::string& path,
                                                     const std::string& content) {
  const auto begin = manifest.find(fmt::format("{{ \"Path\": \"{}\", ", path));
  if (begin == std::string::npos) return std::nullopt;
  const auto end = manifest.find('\n', begin);
  if (end == std::string::npos) return std::nullopt;
  std::string line = manifest.substr(begin, end - begin);
  if (!replace_value(line, "\"Size\": ", std::to_string(content.size())) ||
      !replace_value(line, "\"Checksum-Algorithm\": \"SHA256\", \"Checksum\": ",
                     fmt::format("\"{}\"", to_hex(Sha256::of(bytes_of(content)))))) {
    return std::nullopt;
  }
  std::string changed = manifest.substr(0, begin) + line + manifest.substr(end);
  const auto checksum = changed.rfind("\"Manifest-Checksum\"");
  if (checksum == std::string::npos) return std::nullopt;
  changed.resize(checksum);
  const std::string digest = to_hex(Sha256::of(bytes_of(changed)));
  return changed + fmt::format("\"Manifest-Checksum\": \"{}\"}}\n", digest);
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
  TRY(rewrite(tree, kMap, content));
  const Buffer manifest = TRY(read_file(tree.path_of(kManifest), kMaxManifest));
  const auto changed = manifest_with_new_content(std::string(text_of(manifest)), kMap, content);
  return changed ? rewrite(tree, kManifest, *changed) : Result<>{};
}

}  // namespace walden
