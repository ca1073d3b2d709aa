// The S3 server of this test run: ctest brings it up before the first test that needs it
// (tests/CMakeLists.txt), and what it is called stands in a file. WALDEN_TEST_S3 names another such
// file (as does the FILE of WALDEN_TEST_STORE=s3:FILE), for a server that runs anyway; its lines
// are told in tests/support/local-server.bash.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/store/sigv4.h"

namespace walden::testing {

// Why there is none; nothing when there is one. Tests skip with this reason:
//   WALDEN_SKIP_WITHOUT_S3();
[[nodiscard]] std::optional<std::string> s3_is_missing();

struct S3Keys {
  std::string access_key;
  std::string secret_key;
};

struct S3Server {
  std::string endpoint;      // http://localhost:PORT
  std::string tls_endpoint;  // https://localhost:PORT; empty: none
  std::string ca_file;       // that signed its certificate; readable by the server user
  std::string region;
  S3Keys owner;     // who may create buckets, and owns those of the tests
  S3Keys stranger;  // who may do nothing
  // How a bucket's policy names the stranger; empty where the server does not know such a user.
  std::string stranger_arn;
  bool lists_uploads = true;  // interrupted ones, below a prefix
};
[[nodiscard]] const S3Server& s3_server();  // throws when it is missing

// The variables that AWS's own tools read. For a program's Command, or for this process.
using S3Variables = std::map<std::string, std::string>;
[[nodiscard]] S3Variables s3_variables(const std::string& endpoint, const S3Keys& keys);
// Takes away what the caller's own environment says of AWS, and sets these.
void set_s3_variables(const S3Variables& variables);

// A new bucket. Emptied with the object: the server keeps everything in memory.
class S3Bucket {
 public:
  S3Bucket();
  S3Bucket(const S3Bucket&) = delete;
  S3Bucket& operator=(const S3Bucket&) = delete;
  ~S3Bucket();
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url(const std::string& prefix = {}) const;  // s3://name[/prefix]

  // A request of the owner's, straight to the server: to look behind the store that is tested, or
  // to set up what it cannot. `key` is "" for the bucket itself. Throws when there is no answer.
  [[nodiscard]] HttpResponse send(const std::string& method, const std::string& key,
                                  const QueryParameters& query = {},
                                  std::string_view body = {}) const;
  // The same, that must be answered with 2xx; returns the body.
  std::string must_send(const std::string& method, const std::string& key,
                        const QueryParameters& query = {}, std::string_view body = {}) const;

 private:
  void empty() const;
  std::string name_;
};

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_S3() \
  if (const auto missing = ::walden::testing::s3_is_missing(); missing) GTEST_SKIP() << *missing
