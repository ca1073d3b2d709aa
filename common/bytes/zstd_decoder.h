// A zstd stream of any length, decompressed as it comes.
#pragma once

#include <memory>

#include "common/bytes/bytes.h"

struct ZSTD_DCtx_s;

namespace walden {

class ZstdDecoder final : public ByteSink {
 public:
  // `plaintext` must outlive it. Memory: a window of at most 8 MiB, whatever the stream asks for: a
  // larger one is ErrorKind::corrupt, and so is anything that is not zstd.
  [[nodiscard]] static Result<std::unique_ptr<ZstdDecoder>> create(ByteSink& plaintext);
  ~ZstdDecoder() override;

  [[nodiscard]] Result<> write(ByteView compressed) override;
  // All that was begun has ended, and there was something.
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  explicit ZstdDecoder(ByteSink& plaintext) : plaintext_(plaintext) {}

  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  ByteSink& plaintext_;
  Buffer out_;
  bool at_end_ = false;
};

}  // namespace walden
