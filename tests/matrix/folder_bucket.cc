#include "tests/matrix/folder_bucket.h"

#include <fmt/format.h>

#include "tests/support/fake_s3.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBucket = "/bucket/";

std::string query_value(std::string_view target, std::string_view name) {
  const std::string wanted = fmt::format("{}=", name);
  const auto found = target.find(wanted);
  if (found == std::string_view::npos) return {};
  std::string value(target.substr(found + wanted.size()));
  value.resize(std::min(value.find('&'), value.size()));
  for (auto slash = value.find("%2F"); slash != std::string::npos; slash = value.find("%2F")) {
    value.replace(slash, 3, "/");
  }
  return value;
}

// The rest of the object from where "bytes=N-" or "bytes=N-M" begins.
FakeAnswer answer_from(const std::string& content, const std::string& range) {
  const std::size_t first = std::stoul(range.substr(range.find('=') + 1));
  const std::string last = range.substr(range.find('-') + 1);
  const std::size_t end = last.empty() ? content.size() : std::stoul(last) + 1;
  if (first >= content.size()) return refusal(416, "InvalidRange");
  const std::string wanted = content.substr(first, end - first);
  return part(fmt::format("{}-{}/{}", first, first + wanted.size() - 1, content.size()), wanted);
}

// The first name below the prefix: as much as is asked for where something is to be there at all.
FakeAnswer listing(const fs::path& folder, const std::string& prefix) {
  std::string found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder);
    if (!entry.is_regular_file() || !name.starts_with(prefix)) continue;
    found = fmt::format(
        "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-11-21T00:00:00.000Z"
        "</LastModified></Contents>",
        name, entry.file_size());
    break;
  }
  return object(fmt::format(
      "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>", found));
}

}  // namespace

FolderBucket::FolderBucket(fs::path folder)
    : folder_(std::move(folder)),
      server_([this](const FakeRequest& request) { return answer(request); }) {}

FakeAnswer FolderBucket::answer(const FakeRequest& request) const {
  const std::string path = request.path();
  if (path == "/bucket" || path == kBucket) {
    return listing(folder_, query_value(request.target, "prefix"));
  }
  if (!path.starts_with(kBucket)) return refusal(404, "NoSuchBucket");
  const fs::path file = folder_ / path.substr(kBucket.size());
  if (!fs::is_regular_file(file)) return refusal(404, "NoSuchKey");
  const std::string content = read_text(file);
  const std::string range = request.header("range");
  return range.empty() ? object(content) : answer_from(content, range);
}

}  // namespace walden::testing
