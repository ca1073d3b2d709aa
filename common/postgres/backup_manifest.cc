#include "common/postgres/backup_manifest.h"

#include <fmt/format.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/bytes/sha256.h"
#include "common/bytes/spool.h"
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
  explicit Parser(const VisitListedFile& visit) : visit_(visit) {}

  // `input`: a text, or a FILE*.
  template <class Input>
  Result<BackupManifest> parse(Input input) {
    const Json top = Json::parse(
        input,
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
    if (section_ == "Files") return visit_(TRY(read_entry(value)));
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

  const VisitListedFile& visit_;
  BackupManifest manifest_;
  std::string section_;
  std::optional<Error> error_;
};

constexpr std::string_view kBeforeChecksum = "\"Manifest-Checksum\": \"";
constexpr std::string_view kBehindChecksum = "\"}\n";
constexpr std::size_t kLastLine =
    kBeforeChecksum.size() + 2 * sizeof(Digest) + kBehindChecksum.size();

// The last line holds the SHA-256 of all the lines before it.
Result<> check_last_line(std::string_view last, char before, const Digest& digest) {
  if (before != '\n' || !last.starts_with(kBeforeChecksum) || !last.ends_with(kBehindChecksum)) {
    return refuse("it is cut off");
  }
  last.remove_prefix(kBeforeChecksum.size());
  last.remove_suffix(kBehindChecksum.size());
  if (last != to_hex(digest)) return refuse("it does not match its own checksum");
  return {};
}

Result<> check_own_checksum(std::string_view text) {
  if (text.size() <= kLastLine) return refuse("it is cut off");
  const std::string_view rest = text.substr(0, text.size() - kLastLine);
  return check_last_line(text.substr(rest.size()), rest.back(), Sha256::of(bytes_of(rest)));
}

Result<> check_own_checksum(int fd, std::uint64_t size) {
  if (size <= kLastLine) return refuse("it is cut off");
  RangeReader reader(fd, 0, size);
  Sha256 digest;
  char before = 0;
  for (std::uint64_t left = size - kLastLine; left > 0;) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, 64U << 10U));
    const ByteView bytes = TRY(reader.take(piece));
    digest.update(bytes);
    before = static_cast<char>(bytes.back());
    left -= piece;
  }
  return check_last_line(text_of(TRY(reader.take(kLastLine))), before, digest.finish());
}

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

}  // namespace

Result<BackupManifest> parse_backup_manifest(std::string_view json) {
  TRY(check_own_checksum(json));
  std::vector<BackupManifest::File> files;
  const VisitListedFile keep = [&files](const BackupManifest::File& file) -> Result<> {
    files.push_back(file);
    return {};
  };
  BackupManifest manifest = TRY(Parser(keep).parse(json));
  manifest.files = std::move(files);
  return manifest;
}

Result<BackupManifest> read_backup_manifest(int fd, std::uint64_t size,
                                            const VisitListedFile& visit) {
  TRY(check_own_checksum(fd, size));
  if (::lseek(fd, 0, SEEK_SET) != 0) return fail_errno("read", "a temporary file", errno);
  const int own = ::dup(fd);
  std::unique_ptr<std::FILE, CloseFile> file(own < 0 ? nullptr : ::fdopen(own, "rb"));
  if (!file) return fail_errno("read", "a temporary file", errno);
  (void)::__fsetlocking(file.get(), FSETLOCKING_BYCALLER);
  return Parser(visit).parse(file.get());
}

}  // namespace walden
