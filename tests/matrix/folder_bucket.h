// A bucket whose objects are the files of a folder, for readers: as much of S3 as fetching WAL
// needs.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/fake_http_server.h"

namespace walden::testing {

class FolderBucket {
 public:
  explicit FolderBucket(std::filesystem::path folder);

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] static std::string url() { return "s3://bucket"; }

 private:
  [[nodiscard]] FakeAnswer answer(const FakeRequest& request) const;

  const std::filesystem::path folder_;
  FakeHttpServer server_;
};

}  // namespace walden::testing
