#include "common/store/directory_eraser.h"
#include "common/store/eraser.h"
#include "common/store/open_store.h"
#include "common/store/s3_eraser.h"

namespace walden {

Result<std::unique_ptr<Eraser>> open_eraser(std::string_view url, const S3Options& options) {
  constexpr std::string_view kS3Scheme = "s3://";
  if (url.starts_with(kS3Scheme)) {
    return std::make_unique<S3Eraser>(TRY(S3Store::open(url, options)));
  }
  const auto store = TRY(open_store(url, options));  // or what is wrong with the URL
  return std::make_unique<DirectoryEraser>(store->describe().substr(7));
}

}  // namespace walden
