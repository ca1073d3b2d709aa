// Who signs: a key pair, perhaps for a limited time, and where it comes from.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/bytes/secret.h"
#include "common/store/aws_environment.h"

namespace walden {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty: none
  std::optional<std::chrono::system_clock::time_point> expires;
};

// Until when an answer is of use; max(): as long as the source itself waits.
using Deadline = std::chrono::steady_clock::time_point;

class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  // "the environment", "profile backup", "the instance's role": for messages. Always the same, and
  // safe to call from any thread.
  [[nodiscard]] virtual std::string describe() const = 0;

  // Fetched anew each time; RefreshingCredentials keeps them. One thread at a time. Returns soon
  // after the deadline at the latest. Errors: configuration and denied for what a person must
  // mend, transient for a service that did not answer. Never with a secret in them.
  [[nodiscard]] virtual Result<AwsCredentials> fetch(Deadline deadline = Deadline::max()) = 0;
};

// Keeps what a source gave until 15 minutes before it expires (half its life, if that is shorter).
// A refresh that fails goes on with what is still valid, and tries again 30 s later. Safe to use
// from several threads; one of them fetches, as long as it has time, and the others wait for it
// only when they have nothing valid, and not beyond their own deadlines.
class RefreshingCredentials {
 public:
  using Now = std::chrono::system_clock::time_point (*)();
  explicit RefreshingCredentials(std::unique_ptr<CredentialSource> source,
                                 Now now = &std::chrono::system_clock::now);
  ~RefreshingCredentials();

  [[nodiscard]] Result<std::shared_ptr<const AwsCredentials>> current(
      Deadline deadline = Deadline::max());
  // The service said that these are expired or not valid (any more): the next current() fetches.
  // True when it is worth another try. False when a fetch has just given the same again (within
  // 30 s; later a person may have changed the file they come from).
  bool reject(const std::shared_ptr<const AwsCredentials>& rejected);
  [[nodiscard]] std::string describe() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The standard chain (object-store documentation of AWS SDKs): environment, shared files (profile,
// assume-role with source_profile or credential_source, credential_process, web identity in a
// profile), web identity from variables, container, IMDSv2. The first that is configured is the
// one; nothing is contacted before fetch(). With a profile named explicitly, only that profile.
[[nodiscard]] Result<std::unique_ptr<CredentialSource>> find_credentials(
    const AwsEnvironment& environment);

}  // namespace walden
