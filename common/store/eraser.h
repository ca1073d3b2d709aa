// Takes objects out of a store: for `basebackup expire` alone. No program that writes opens one, so
// that what they promise (nothing that is stored is ever deleted) can be seen in what they link.
//
// An Eraser is safe to use from several threads at once. Errors as in store.h; what is not there is
// no error, because two runs may be at it at the same time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/store/s3_store.h"
#include "common/store/store.h"

namespace walden {

enum class Erased {
  gone,    // the store has confirmed it
  absent,  // it was not there
  hidden,  // it is in no listing any more; the bucket keeps its bytes as an older version
  held,    // the store refused: a retention or a legal hold is on it
};

class Eraser {
 public:
  Eraser() = default;
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;
  virtual ~Eraser() = default;

  // Durable when it returns, on a directory too.
  [[nodiscard]] virtual Result<Erased> erase(std::string_view name) = 0;
};

// The eraser of the store that `url` names, with the same options as open_store(). Nothing is
// contacted.
[[nodiscard]] Result<std::unique_ptr<Eraser>> open_eraser(std::string_view url,
                                                          const S3Options& options = {});

}  // namespace walden
