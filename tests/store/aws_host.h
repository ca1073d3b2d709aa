// A host as AWS's own tools see it: variables, a home folder with .aws in it. And secrets that no
// error may repeat.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "common/store/aws_credentials.h"
#include "tests/support/fake_http_server.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {

inline constexpr auto kId = "ASIAEXAMPLEKEYID";
inline constexpr auto kSecret = "wJalrXUtnFEMISecretSecretSecret";
inline constexpr auto kToken = "IQoJb3JpZ2luX2VjTokenTokenToken==";
inline constexpr auto kExpiration = "2099-01-02T03:04:05Z";

class AwsHost {
 public:
  AwsHost() {
    set("HOME", home_.path().string());
    std::filesystem::create_directory(home_ / ".aws");
    // Nothing in a test may look for a metadata service outside.
    set("AWS_EC2_METADATA_DISABLED", "true");
  }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }
  void unset(const std::string& name) { variables_.erase(name); }
  void write_config(const std::string& text) const { write("config", text); }
  void write_credentials(const std::string& text) const { write("credentials", text); }
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = home_.path() / ".aws" / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  [[nodiscard]] AwsEnvironment environment() const {
    return {.variable = [variables = variables_](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    }};
  }
  // The chain's own answer: found, and asked.
  [[nodiscard]] Result<AwsCredentials> credentials() const {
    auto source = find_credentials(environment());
    if (!source) return std::unexpected(source.error());
    return (*source)->fetch();
  }

 private:
  TemporaryDirectory home_;
  std::map<std::string, std::string> variables_;
};

inline std::string service_json(const std::string& id = kId) {
  return R"({"Code":"Success","AccessKeyId":")" + id + R"(","SecretAccessKey":")" + kSecret +
         R"(","Token":")" + kToken + R"(","Expiration":")" + kExpiration + "\"}";
}

inline std::string secret_of(const AwsCredentials& credentials) {
  return std::string(text_of(credentials.secret_access_key.view()));
}
inline std::string token_of(const AwsCredentials& credentials) {
  return std::string(text_of(credentials.session_token.view()));
}

inline void expect_sample(const Result<AwsCredentials>& credentials) {
  ASSERT_TRUE(credentials) << credentials.error().cause;
  EXPECT_EQ(credentials->access_key_id, kId);
  EXPECT_EQ(secret_of(*credentials), kSecret);
  EXPECT_EQ(token_of(*credentials), kToken);
  EXPECT_EQ(credentials->expires, std::chrono::sys_days(std::chrono::year(2099) / 1 / 2) +
                                      std::chrono::hours(3) + std::chrono::minutes(4) +
                                      std::chrono::seconds(5));
}

// The kind, and nothing that begins as one of the secrets does.
template <class T>
void expect_refusal(const Result<T>& result, ErrorKind kind, const std::string& words = {}) {
  ASSERT_FALSE(result);
  const Error& error = result.error();
  EXPECT_EQ(to_string(error.kind), to_string(kind)) << error.cause;
  EXPECT_THAT(error.cause, ::testing::HasSubstr(words));
  for (const std::string_view secret : {kSecret, kToken}) {
    EXPECT_FALSE((error.cause + error.remedy).contains(secret.substr(0, 8))) << error.cause;
  }
}

}  // namespace walden::testing
