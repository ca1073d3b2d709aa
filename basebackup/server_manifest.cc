#include "basebackup/server_manifest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "common/bytes/files.h"
#include "common/bytes/sha256.h"

namespace walden {
namespace {

constexpr std::string_view kPath = "{ \"Path\": \"";
constexpr std::string_view kOwnChecksum = "\"Manifest-Checksum\": \"";
constexpr std::string_view kAlgorithm = ", \"Checksum-Algorithm\": \"";
constexpr std::size_t kPiece = std::size_t{1} << 20U;

struct Close {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using Stream = std::unique_ptr<std::FILE, Close>;

Result<Stream> open_stream(const std::filesystem::path& path) {
  FileDescriptor file = TRY(open_for_reading(path));
  Stream stream(::fdopen(file.get(), "r"));
  if (!stream) return fail_errno("open", path.string(), errno);
  (void)file.release();
  return stream;
}

// Into the new file, and through its own checksum.
class Rewriting {
 public:
  Rewriting(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}

  Result<> write(std::string_view text) {
    checksum_.update(bytes_of(text));
    held_.append(text);
    return held_.size() < kPiece ? Result<>{} : flush();
  }
  Result<> finish() {
    const std::string digest = to_hex(checksum_.finish());
    held_ += fmt::format("{}{}\"}}\n", kOwnChecksum, digest);
    return flush();
  }

 private:
  Result<> flush() {
    TRY(write_all(fd_, bytes_of(held_), path_));
    held_.clear();
    return {};
  }

  int fd_;
  std::filesystem::path path_;
  Sha256 checksum_;
  std::string held_;
};

Result<std::string> next_line(std::FILE* stream, const std::filesystem::path& path) {
  char* text = nullptr;
  std::size_t room = 0;
  const auto length = ::getline(&text, &room, stream);
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  if (length < 0 && std::ferror(stream) != 0) return fail_errno("read", path.string(), errno);
  return length < 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

Result<bool> ends_with_checksum(const std::filesystem::path& path) {
  constexpr off_t kLastLine = 128;
  const FileDescriptor file = TRY(open_for_reading(path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  Buffer end(kLastLine);
  if (::lseek(file.get(), std::max<off_t>(0, facts.st_size - kLastLine), SEEK_SET) < 0) {
    return fail_errno("read", path.string(), errno);
  }
  end.resize(TRY(read_some(file.get(), end, path)));
  return text_of(end).find(kOwnChecksum) != std::string_view::npos;
}

}  // namespace

std::string_view path_of_entry(std::string_view line) {
  if (!line.starts_with(kPath)) return {};
  line.remove_prefix(kPath.size());
  return line.substr(0, line.find('"'));
}

// { "Path": "…", "Size": 8192, "Last-Modified": "…", "Checksum-Algorithm": "…", "Checksum": "…" },
std::string entry_with(std::string line, std::uint64_t size, std::string_view algorithm,
                       std::string_view checksum) {
  constexpr std::string_view kSize = "\", \"Size\": ";
  const auto begin = line.find(kSize);
  const auto end = begin == line.npos ? line.npos : line.find_first_of(", }", begin + kSize.size());
  if (end == line.npos) return line;
  line.replace(begin + kSize.size(), end - begin - kSize.size(), std::to_string(size));
  const auto close = line.rfind(" }");
  if (close == line.npos) return line;
  const auto old = std::min(line.find(kAlgorithm), close);
  return line.replace(old, close - old,
                      fmt::format("{}{}\", \"Checksum\": \"{}\"", kAlgorithm, algorithm, checksum));
}

std::string entry_with_content(std::string line, std::string_view content) {
  return entry_with(std::move(line), content.size(), "SHA256",
                    to_hex(Sha256::of(bytes_of(content))));
}

Result<> change_server_manifest(const RestoredTree& tree, const ChangeEntry& change) {
  const auto path = tree.path_of(kServerManifest);
  if (!TRY(ends_with_checksum(path))) return {};
  const Stream old = TRY(open_stream(path));
  struct stat facts {};
  if (::fstat(::fileno(old.get()), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if (::unlink(path.c_str()) != 0) return fail_errno("replace", path.string(), errno);
  const FileDescriptor file = TRY(tree.create_file(kServerManifest));
  Rewriting out(file.get(), path);
  for (;;) {
    std::string line = TRY(next_line(old.get(), path));
    if (line.empty() || line.starts_with(kOwnChecksum)) break;
    const bool ended = line.ends_with('\n');
    if (ended) line.pop_back();
    if (!path_of_entry(line).empty()) line = TRY(change(std::move(line)));
    TRY(out.write(line + (ended ? "\n" : "")));
  }
  TRY(out.finish());
  TRY(tree.give(file.get(), facts.st_mode & 07777U, path));
  TRY(sync_file(file.get(), path));
  return sync_directory(path.parent_path());
}

}  // namespace walden
