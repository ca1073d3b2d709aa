// An eraser that a program dies in: after so many deletions nothing more is deleted.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/store/eraser.h"

namespace walden::testing {

class FaultyEraser final : public Eraser {
 public:
  // `real` must outlive it.
  FaultyEraser(Eraser& real, std::uint64_t most) : real_(real), left_(most) {}

  [[nodiscard]] Result<Erased> erase(std::string_view name) override {
    if (left_ == 0) return fail(ErrorKind::transient, "the store does not answer");
    --left_;
    ++count_;
    names_.emplace_back(name);
    return real_.erase(name);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  Eraser& real_;
  std::uint64_t left_;
  std::uint64_t count_ = 0;
  std::vector<std::string> names_;
};

}  // namespace walden::testing
