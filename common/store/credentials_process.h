// credential_process: a program of the user's prints the credentials ("Sourcing credentials with an
// external process", AWS CLI user guide). Covers single sign-on and everything else.
#pragma once

#include "common/store/aws_credentials.h"

namespace walden {

// `command` as the profile has it; it is taken apart as a shell would (shell_words.h), and run
// without one (helper_program.h).
[[nodiscard]] Result<std::unique_ptr<CredentialSource>> process_credentials(
    std::string_view command, const std::string& profile);

}  // namespace walden
