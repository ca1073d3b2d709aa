#include "common/program/configured_eraser.h"

namespace walden {

Result<std::unique_ptr<Eraser>> open_configured_eraser(
    const Configuration& configuration, std::chrono::seconds patience,
    std::function<void(const std::string& sentence)> tell) {
  return open_eraser(configuration.store,
                     configured_s3_options(configuration, patience, std::move(tell)));
}

}  // namespace walden
