// An object, or a part of it, into a sink: one GET, and further ones from where the last broke off.
#pragma once

#include <optional>

#include "common/store/s3_client.h"
#include "common/store/store.h"

namespace walden {

class S3Read final : public S3Download {
 public:
  // `range.length` is not 0. The sink must outlive it.
  S3Read(ByteRange range, ByteSink& sink) : range_(range), counted_(sink) {}

  [[nodiscard]] std::vector<HttpHeader> headers() const override;
  // transient: the answer is not of the part that was asked for.
  [[nodiscard]] Result<ByteSink*> begin(const HttpResponse& head) override;
  [[nodiscard]] std::uint64_t delivered() const override { return counted_.count; }
  [[nodiscard]] bool complete() const override { return counted_.count >= range_.length; }
  [[nodiscard]] bool receiver_failed() const override { return counted_.failed; }

 private:
  class Counted final : public ByteSink {
   public:
    explicit Counted(ByteSink& next) : next_(next) {}
    [[nodiscard]] Result<> write(ByteView bytes) override;
    std::uint64_t count = 0;
    bool failed = false;

   private:
    ByteSink& next_;
  };
  [[nodiscard]] bool whole() const {
    return range_.offset == 0 && range_.length == ByteRange{}.length;
  }

  ByteRange range_;
  Counted counted_;
  std::string etag_;  // of the first answer: what follows must be of the same object
};

}  // namespace walden
