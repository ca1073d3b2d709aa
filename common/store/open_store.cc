#include "common/store/open_store.h"

#include <fmt/format.h>

#include "common/store/directory_store.h"

namespace walden {
namespace {

constexpr std::string_view kFileScheme = "file://";
constexpr std::string_view kS3Scheme = "s3://";

Result<std::filesystem::path> directory_of(std::string_view url) {
  const std::filesystem::path path =
      url.starts_with(kFileScheme) ? url.substr(kFileScheme.size()) : std::string_view();
  if (path.is_absolute()) return path;
  return fail(ErrorKind::configuration, fmt::format("\"{}\" is not the URL of a store", url),
              "Known are s3://bucket/prefix and file:///absolute/path");
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(std::string_view url, const S3Options& options) {
  if (url.starts_with(kS3Scheme)) return S3Store::open(url, options);
  return std::make_unique<DirectoryStore>(TRY(directory_of(url)));
}

Result<> create_store_root(std::string_view url) {
  if (url.starts_with(kS3Scheme)) return {};
  return DirectoryStore(TRY(directory_of(url))).create_root();
}

}  // namespace walden
