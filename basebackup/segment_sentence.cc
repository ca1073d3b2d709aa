#include "basebackup/segment_sentence.h"

#include <fmt/format.h>
#include <unistd.h>

namespace walden {

std::string segment_sentence(std::string_view doing, const WalName& name) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return fmt::format("{} in {}", doing, terminal ? name.to_text() : "the archived WAL");
}

}  // namespace walden
