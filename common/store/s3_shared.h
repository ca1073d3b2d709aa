// What the parts of S3Store share; an Upload may outlive the store that made it.
#pragma once

#include <string>

#include "common/store/s3_client.h"
#include "common/store/s3_store.h"

namespace walden {

struct S3Store::Shared {
  Shared(S3Location location, std::unique_ptr<CredentialSource> credentials,
         const S3Options& options, Clock clock)
      : create(options.create),
        prefix(location.prefix),
        client(std::move(location), std::move(credentials), options.patience, std::move(clock),
               options.say) {}

  const S3Create create;
  const std::string prefix;
  S3Client client;

  [[nodiscard]] std::string key(std::string_view name) const { return prefix + std::string(name); }
};

// Who stored it: a random word that a create sends along, so that it knows its own object again.
inline constexpr std::string_view kWriterHeader = "x-amz-meta-walden-writer";

// The head of an object, by asking for its first byte: other than HEAD, a refusal says why, and a
// bucket that is gone is told from an object that is not there.
struct S3ObjectHead {
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::string writer;
};
[[nodiscard]] Result<S3ObjectHead> read_head(S3Client& client, const std::string& key);

}  // namespace walden
