#include "common/worker/notes.h"

#include <utility>

namespace walden {
namespace {

constexpr std::size_t kMostKept = 4096;

}  // namespace

void Notes::add(const std::string& lines) {
  const std::lock_guard lock(mutex_);
  if (kept_.contains(lines) || kept_.size() + lines.size() > kMostKept) return;
  kept_ += lines;
}

std::string Notes::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(kept_, {});
}

}  // namespace walden
