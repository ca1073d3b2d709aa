#include "common/store/credentials_process.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/store/credentials_answer.h"
#include "common/store/helper_program.h"
#include "common/store/shell_words.h"

namespace walden {
namespace {

std::string context(const std::string& profile) {
  return fmt::format("credential_process of profile {}", profile);
}

class ProcessCredentials final : public CredentialSource {
 public:
  ProcessCredentials(std::vector<std::string> argv, std::string profile)
      : program_{std::move(argv)}, profile_(std::move(profile)) {}

  [[nodiscard]] std::string describe() const override {
    return fmt::format("credential_process of profile {}", profile_);
  }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    HelperProgram program = program_;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    program.deadline = std::clamp(left, std::chrono::milliseconds(0), program.deadline);
    const auto output = output_of(program);
    if (!output) return std::unexpected(output.error().within(context(profile_)));
    auto credentials = parse_process_credentials(output->view());
    if (credentials) return credentials;
    // A program that prints something else does so again: that is for a person.
    return fail(
        ErrorKind::configuration,
        fmt::format("{}: {}: {}", context(profile_), program_.argv[0], credentials.error().cause),
        "It has to print a JSON object: Version 1, AccessKeyId, SecretAccessKey, "
        "SessionToken, Expiration");
  }

 private:
  HelperProgram program_;
  std::string profile_;
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> process_credentials(std::string_view command,
                                                              const std::string& profile) {
  auto argv = split_shell_words(command);
  if (argv && argv->empty()) argv = fail(ErrorKind::configuration, "it is empty");
  if (!argv) return std::unexpected(argv.error().within(context(profile)));
  return std::make_unique<ProcessCredentials>(std::move(*argv), profile);
}

}  // namespace walden
