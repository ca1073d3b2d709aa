// Erases objects of a store in memory: for tests.
#pragma once

#include "common/store/eraser.h"
#include "common/store/memory_store.h"

namespace walden {

class MemoryEraser final : public Eraser {
 public:
  // `store` must outlive it.
  explicit MemoryEraser(MemoryStore& store) : store_(store) {}
  [[nodiscard]] Result<Erased> erase(std::string_view name) override {
    const auto there = store_.stat(name);
    if (!there && there.error().kind == ErrorKind::absent) return Erased::absent;
    if (!there) return std::unexpected(there.error());
    store_.erase(std::string(name));
    return Erased::gone;
  }

 private:
  MemoryStore& store_;
};

}  // namespace walden
