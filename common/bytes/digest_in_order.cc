#include "common/bytes/digest_in_order.h"

namespace walden {

// While nobody is busy, the frame whose turn it is has not come. So who becomes busy has brought
// it, and returns only when all that came meanwhile are digested.
void DigestInOrder::add(std::uint32_t number, ByteView frame) {
  std::unique_lock lock(mutex_);
  waiting_.emplace(number, frame);
  if (busy_) return;
  busy_ = true;
  for (auto next = waiting_.find(turn_); next != waiting_.end(); next = waiting_.find(++turn_)) {
    const ByteView bytes = next->second;
    waiting_.erase(next);
    lock.unlock();
    digest_.update(bytes);
    lock.lock();
  }
  busy_ = false;
}

Digest DigestInOrder::finish() {
  return digest_.finish();
}

}  // namespace walden
