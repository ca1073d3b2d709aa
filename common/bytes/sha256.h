// SHA-256 (FIPS 180-4) through OpenSSL, which uses the processor's SHA instructions.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes/bytes.h"

struct evp_md_ctx_st;

namespace walden {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  void update(ByteView bytes);
  [[nodiscard]] Digest finish();  // once; the object is ready for a new digest afterwards

  [[nodiscard]] static Digest of(ByteView bytes);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace walden
