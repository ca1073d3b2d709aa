#include "common/postgres/backup_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/bytes/sha256.h"
#include "common/postgres/relative_path.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

using Json = nlohmann::json;

struct Algorithm {
  std::string_view name;
  std::size_t digits;
};
constexpr std::array<Algorithm, 5> kAlgorithms = {
    {{"CRC32C", 8}, {"SHA224", 56}, {"SHA256", 64}, {"SHA384", 96}, {"SHA512", 128}}};

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::corrupt, fmt::format("cannot read the backup_manifest: {}", why),
              "Take the backup again.");
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    return refuse(fmt::format("no text \"{}\"", key));
  return found->get<std::string>();
}

Result<std::uint64_t> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) {
    return refuse(fmt::format("no number \"{}\"", key));
  }
  return found->get<std::uint64_t>();
}

Result<std::string> decode_hex(std::string_view hex) {
  if (hex.size() % 2 != 0 || !is_hex(hex)) return refuse("an Encoded-Path is not hexadecimal");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (; !hex.empty(); hex.remove_prefix(2)) {
    bytes.push_back(static_cast<char>(*whole_number<std::uint8_t>(hex.substr(0, 2), 16)));
  }
  return bytes;
}

Result<std::string> path_of(const Json& file) {
  const bool encoded = file.contains("Encoded-Path");
  if (encoded && file.contains("Path")) return refuse("a file has two paths");
  const std::string path =
      TRY(encoded ? decode_hex(TRY(text_at(file, "Encoded-Path"))) : text_at(file, "Path"));
  if (!stays_below(path)) return refuse(fmt::format("the path \"{}\" leads elsewhere", path));
  return path;
}

Result<> read_checksum(const Json& json, BackupManifest::File& file) {
  if (!json.contains("Checksum") && !json.contains("Checksum-Algorithm")) return {};
  file.checksum_algorithm = TRY(text_at(json, "Checksum-Algorithm"));
  file.checksum = TRY(text_at(json, "Checksum"));
  const auto known = std::ranges::find(kAlgorithms, file.checksum_algorithm, &Algorithm::name);
  if (known == kAlgorithms.end()) return refuse("an unknown Checksum-Algorithm");
  if (file.checksum.size() != known->digits || !is_hex(file.checksum)) {
    return refuse(fmt::format("the Checksum of {} is of another length", file.path));
  }
  return {};
}

Result<BackupManifest::File> read_entry(const Json& json) {
  BackupManifest::File file;
  file.path = TRY(path_of(json));
  file.size = TRY(number_at(json, "Size"));
  TRY(read_checksum(json, file));
  return file;
}

Result<Lsn> lsn_at(const Json& json, const char* key) {
  const auto lsn = Lsn::parse(TRY(text_at(json, key)));
  if (!lsn) return refuse(fmt::format("\"{}\" is no LSN", key));
  return *lsn;
}

Result<BackupManifest::WalRange> read_range(const Json& json) {
  const std::uint64_t timeline = TRY(number_at(json, "Timeline"));
  const BackupManifest::WalRange range{.timeline = static_cast<Timeline>(timeline),
                                       .start = TRY(lsn_at(json, "Start-LSN")),
                                       .end = TRY(lsn_at(json, "End-LSN"))};
  if (timeline == 0 || timeline != range.timeline) return refuse("a WAL range of no timeline");
  if (range.end < range.start) return refuse("a WAL range that ends before it starts");
  return range;
}

// Takes each file and each range out of the document as soon as it is read: a manifest of millions
// of files would fill the memory as a tree.
class Parser {
 public:
  Result<BackupManifest> parse(std::string_view text) {
    const Json top = Json::parse(
        text,
        [this](int depth, Json::parse_event_t event, Json& value) {
          return keep(depth, event, value);
        },
        false);
    if (error_) return std::unexpected(*error_);
    if (!top.is_object()) return refuse("it is not whole JSON");
    TRY(read_top(top));
    return std::move(manifest_);
  }

 private:
  bool keep(int depth, Json::parse_event_t event, const Json& value) {
    if (event == Json::parse_event_t::key && depth == 1) section_ = value.get<std::string>();
    if (depth != 2 || event != Json::parse_event_t::object_end) return true;
    if (!error_) {
      if (auto read = read_element(value); !read) error_ = std::move(read).error();
    }
    return false;
  }

  Result<> read_element(const Json& value) {
    if (section_ == "Files") {
      manifest_.files.push_back(TRY(read_entry(value)));
      return {};
    }
    if (section_ != "WAL-Ranges") return refuse(fmt::format("an unknown part \"{}\"", section_));
    manifest_.wal_ranges.push_back(TRY(read_range(value)));
    return {};
  }

  Result<> read_top(const Json& top) {
    const std::uint64_t version = TRY(number_at(top, "PostgreSQL-Backup-Manifest-Version"));
    if (version != 1 && version != 2) {
      return fail(ErrorKind::configuration,
                  fmt::format("the backup_manifest has version {}", version),
                  "Upgrade Walden to a release that knows this PostgreSQL.");
    }
    manifest_.version = static_cast<int>(version);
    if (version == 2) manifest_.system_identifier = TRY(number_at(top, "System-Identifier"));
    for (const char* list : {"Files", "WAL-Ranges"}) {
      // What is left in a list is what was no object.
      const auto found = top.find(list);
      if (found == top.end() || !found->is_array() || !found->empty()) {
        return refuse(fmt::format("no list \"{}\"", list));
      }
    }
    return {};
  }

  BackupManifest manifest_;
  std::string section_;
  std::optional<Error> error_;
};

// The last line holds the SHA-256 of all the lines before it.
Result<> check_own_checksum(std::string_view text) {
  constexpr std::string_view kBefore = "\"Manifest-Checksum\": \"";
  constexpr std::string_view kBehind = "\"}\n";
  const auto end_of_rest = text.ends_with('\n') ? text.rfind('\n', text.size() - 2) : text.npos;
  if (text.size() < 2 || end_of_rest == text.npos) return refuse("it is cut off");
  std::string_view last = text.substr(end_of_rest + 1);
  if (!last.starts_with(kBefore) || !last.ends_with(kBehind)) return refuse("it is cut off");
  last.remove_prefix(kBefore.size());
  last.remove_suffix(kBehind.size());
  const Digest digest = Sha256::of(bytes_of(text.substr(0, end_of_rest + 1)));
  if (last != to_hex(digest)) return refuse("it does not match its own checksum");
  return {};
}

}  // namespace

Result<BackupManifest> parse_backup_manifest(std::string_view json) {
  TRY(check_own_checksum(json));
  return Parser().parse(json);
}

}  // namespace walden
