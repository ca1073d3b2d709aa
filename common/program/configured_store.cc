#include "common/program/configured_store.h"

#include <cerrno>

#include "common/program/report.h"
#include "common/store/open_store.h"

namespace walden {
namespace {

S3Addressing addressing_of(const Configuration& configuration) {
  if (configuration.s3_addressing == "path") return S3Addressing::path;
  if (configuration.s3_addressing == "virtual") return S3Addressing::virtual_host;
  return S3Addressing::automatic;
}

}  // namespace

S3Options configured_s3_options(const Configuration& configuration, std::chrono::seconds patience,
                                std::function<void(const std::string& sentence)> tell) {
  return {
      .endpoint = configuration.s3_endpoint,
      .region = configuration.s3_region,
      .profile = configuration.s3_profile,
      .ca_file = configuration.s3_ca_file,
      .addressing = addressing_of(configuration),
      .create = configuration.s3_create == "checked" ? S3Create::checked : S3Create::conditional,
      .patience = patience,
      .say = std::move(tell)};
}

void say_on_standard_error(const std::string& sentence) {
  say(program_invocation_short_name, sentence);
}

Result<std::unique_ptr<Store>> open_configured_store(
    const Configuration& configuration, std::chrono::seconds patience,
    std::function<void(const std::string& sentence)> tell) {
  return open_store(configuration.store,
                    configured_s3_options(configuration, patience, std::move(tell)));
}

}  // namespace walden
