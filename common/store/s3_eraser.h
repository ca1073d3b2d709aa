// Erases objects of a bucket: one DeleteObject each (s3:DeleteObject), never of a version.
//
// In a bucket with versioning that puts a delete marker on top: the bytes stay, and are paid for,
// until the bucket's own lifecycle rules remove the older version. Object lock protects versions,
// so there too the bytes stay for as long as they are locked.
#pragma once

#include "common/store/eraser.h"

namespace walden {

class S3Eraser final : public Eraser {
 public:
  explicit S3Eraser(std::unique_ptr<S3Store> store) : store_(std::move(store)) {}
  [[nodiscard]] Result<Erased> erase(std::string_view name) override;

 private:
  std::unique_ptr<S3Store> store_;
};

}  // namespace walden
