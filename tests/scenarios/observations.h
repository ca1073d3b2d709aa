// What a scenario looks at from outside.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace walden::testing {

// Every entry below `root` with its kind, mode, owner, size and time of change: equal listings mean
// that nothing was touched.
[[nodiscard]] std::vector<std::string> listing(const std::filesystem::path& root);

// "600", "2750".
[[nodiscard]] std::string mode_of(const std::filesystem::path& path);

// The last message on standard error: its first line without "basebackup: ", and the lines below.
struct Message {
  std::string cause;
  std::vector<std::string> below;
};
[[nodiscard]] Message message_of(const Outcome& outcome);

// Exit code 1, a cause that contains `cause`, and at least one line that says what to do.
MATCHER_P(RefusedBecause, cause, "") {
  const Message message = message_of(arg);
  *result_listener << "exit code " << arg.exit_code << ", said: " << arg.err;
  return arg.exit_code == 1 && message.cause.find(cause) != std::string::npos &&
         !message.below.empty();
}

}  // namespace walden::testing
