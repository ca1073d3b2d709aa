#include "basebackup/plain_label.h"

#include <algorithm>

namespace walden {

std::string plain_label(std::string_view label) {
  std::string plain;
  while (!label.empty()) {
    const std::string_view line = label.substr(0, std::min(label.find('\n'), label.size() - 1) + 1);
    const bool incremental =
        line.starts_with("INCREMENTAL FROM LSN: ") || line.starts_with("INCREMENTAL FROM TLI: ");
    if (!incremental) plain += line;
    label.remove_prefix(line.size());
  }
  return plain;
}

}  // namespace walden
