#include "basebackup/verification.h"

namespace walden {

void Verification::found(std::string object, std::string cause) {
  const std::lock_guard lock(mutex_);
  problems_.push_back({std::move(object), std::move(cause)});
}

Result<> Verification::note(const std::string& object, const Error& error) {
  if (error.kind != ErrorKind::corrupt && error.kind != ErrorKind::absent) {
    return std::unexpected(error);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!noted_.insert(object).second) return {};
  }
  found(object, error.cause);
  return {};
}

void Verification::remark(std::string sentence) {
  const std::lock_guard lock(mutex_);
  remarks_.push_back(std::move(sentence));
}

void Verification::add_pack() {
  const std::lock_guard lock(mutex_);
  ++counts_.packs;
}

void Verification::add_file(std::uint64_t bytes, bool has_digest) {
  const std::lock_guard lock(mutex_);
  ++counts_.files;
  counts_.file_bytes += bytes;
  counts_.without_digest += has_digest ? 0 : 1;
}

void Verification::add_segment() {
  const std::lock_guard lock(mutex_);
  ++counts_.segments;
}

Verification::Counts Verification::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<VerifyProblem> Verification::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

std::vector<std::string> Verification::remarks() const {
  const std::lock_guard lock(mutex_);
  return remarks_;
}

}  // namespace walden
