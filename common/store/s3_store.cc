#include "common/store/s3_store.h"

#include <fmt/format.h>

#include "common/store/credentials_environment.h"
#include "common/store/s3_listing.h"
#include "common/store/s3_read.h"
#include "common/store/s3_shared.h"
#include "common/store/s3_upload.h"

namespace walden {
namespace {

Result<> check_name(std::string_view name) {
  if (valid_object_name(name)) return {};
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not the name of an object", name));
}

}  // namespace

S3Store::S3Store(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

S3Store::~S3Store() = default;

Result<std::unique_ptr<S3Store>> S3Store::open(std::string_view url, const S3Options& options) {
  AwsEnvironment environment = process_environment();
  environment.profile = options.profile;
  const AwsDefaults defaults = TRY(read_aws_defaults(environment));
  S3Location location = TRY(S3Location::make(url, options, defaults));
  environment.ca_file = location.ca_file;
  auto credentials = TRY(find_credentials(environment));
  return at(std::move(location), std::move(credentials), options, real_clock());
}

std::unique_ptr<S3Store> S3Store::at(S3Location location,
                                     std::unique_ptr<CredentialSource> credentials,
                                     const S3Options& options, Clock clock) {
  return std::unique_ptr<S3Store>(new S3Store(std::make_shared<Shared>(
      std::move(location), std::move(credentials), options, std::move(clock))));
}

std::string S3Store::describe() const {
  return shared_->client.location().describe();
}

std::string S3Store::credentials() const {
  return shared_->client.credentials();
}

bool S3Store::credentials_from_environment() const {
  return credentials() == kEnvironmentCredentials;
}

Result<std::unique_ptr<Upload>> S3Store::create(std::string_view name) {
  TRY(check_name(name));
  return std::make_unique<S3Upload>(shared_, name);
}

Result<> S3Store::read(std::string_view name, ByteRange range, ByteSink& sink) {
  TRY(check_name(name));
  if (range.length == 0) {
    TRY(stat(name));
    return {};
  }
  S3Read download(range, sink);
  const auto answer = TRY(shared_->client.perform({.operation = "GetObject",
                                                   .key = shared_->key(name),
                                                   .answers = {412, 416},
                                                   .etag = true,
                                                   .download = &download}));
  // Objects never change; where one was replaced by hand, half of each must not be put together.
  if (answer.response.status == 412) {
    return fail(ErrorKind::transient,
                fmt::format("{}: {} was changed while it was being read", describe(), name));
  }
  if (answer.response.status == 416 && download.delivered() > 0) {
    return fail(ErrorKind::transient,
                fmt::format("{}: {} became shorter while it was being read", describe(), name));
  }
  return {};  // also after 416: the range begins behind the end, where there is nothing to deliver
}

Result<ObjectEntry> S3Store::stat(std::string_view name) {
  TRY(check_name(name));
  const S3ObjectHead head = TRY(read_head(shared_->client, shared_->key(name)));
  return ObjectEntry{std::string(name), head.size, head.modified};
}

Result<> S3Store::list(const ListRequest& request, const Visitor& visit) {
  return list_objects(shared_->client, shared_->prefix, request, visit);
}

}  // namespace walden
