// What verify found, and what it looked at.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

struct VerifyProblem {
  std::string object;  // its full name in the store, or a file's path in the backup
  std::string cause;
};

// Collected from several threads.
class Verification {
 public:
  struct Counts {
    std::uint64_t packs = 0;
    std::uint64_t files = 0;
    std::uint64_t file_bytes = 0;
    std::uint64_t without_digest = 0;  // files of which only the pieces are proven
    std::uint64_t segments = 0;
  };

  void found(std::string object, std::string cause);
  // An error that is a finding about `object` is noted, the first of each; one that only says
  // that nothing can be found out now (network, rights, keys) is passed on.
  [[nodiscard]] Result<> note(const std::string& object, const Error& error);

  // What is no problem, and has to be known.
  void remark(std::string sentence);

  void add_pack();
  void add_file(std::uint64_t bytes, bool has_digest);
  void add_segment();

  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::vector<VerifyProblem> problems() const;
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  mutable std::mutex mutex_;
  Counts counts_;
  std::vector<VerifyProblem> problems_;
  std::vector<std::string> remarks_;
  std::set<std::string> noted_;
};

}  // namespace walden
