// Reads the tar streams of BASE_BACKUP (port/tar.c: ustar, base-256 sizes, no long-name
// extensions).
//
// Everything in it is checked before it is believed: header checksum, sizes, and paths (absolute,
// "..", empty, NUL: refused as corrupt, CVE-2026-6475). Before 15 the stream ends without the two
// zero blocks, so finish() accepts both, but not an end in the middle of a member.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes/bytes.h"

namespace walden {

struct TarMember {
  enum class Kind { file, directory, symlink };
  Kind kind = Kind::file;
  std::string path;    // relative, no "./" in front, no slash at the end
  std::string target;  // of a symlink
  std::uint32_t mode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds since 1970
};

class TarVisitor {
 public:
  TarVisitor() = default;
  TarVisitor(const TarVisitor&) = delete;
  TarVisitor& operator=(const TarVisitor&) = delete;
  virtual ~TarVisitor() = default;
  [[nodiscard]] virtual Result<> begin_member(const TarMember& member) = 0;
  [[nodiscard]] virtual Result<> content(ByteView bytes) = 0;  // of the file begun last, in order
  [[nodiscard]] virtual Result<> end_member() = 0;
};

class TarReader final : public ByteSink {
 public:
  explicit TarReader(TarVisitor& visitor);
  ~TarReader() override;
  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] Result<> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace walden
