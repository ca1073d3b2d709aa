// An object, or a part of it, into a sink: one GET, and further ones from where the last broke off.
#pragma once

#include <optional>

#include "common/store/s3_client.h"
#include "common/store/store.h"

namespace walden {

class S3Read final : public S3Download {
 public:
  // `range.length` is not 0. The sink must outlive it, and gets nothing that was not asked for.
  S3Read(ByteRange range, ByteSink& sink) : range_(range), counted_(sink) {}

  [[nodiscard]] std::vector<HttpHeader> headers() const override;
  // transient: the answer is not of the part that was asked for, or does not say how long it is.
  [[nodiscard]] Result<ByteSink*> begin(const HttpResponse& head) override;
  [[nodiscard]] Result<> end(const HttpResponse& head) override;
  [[nodiscard]] std::uint64_t delivered() const override { return counted_.count; }
  [[nodiscard]] bool complete() const override {
    return !counted_.failed && counted_.wanted == counted_.count;
  }
  [[nodiscard]] bool receiver_failed() const override { return counted_.failed; }

 private:
  class Counted final : public ByteSink {
   public:
    explicit Counted(ByteSink& next) : next_(next) {}
    [[nodiscard]] Result<> write(ByteView bytes) override;
    std::uint64_t count = 0;
    std::optional<std::uint64_t> wanted;  // in all; nothing before an answer has said it
    bool failed = false;

   private:
    ByteSink& next_;
  };
  [[nodiscard]] bool whole() const {
    return range_.offset == 0 && range_.length == ByteRange{}.length;
  }
  [[nodiscard]] Result<> take_part(const HttpResponse& head);
  [[nodiscard]] Result<> take_whole(const HttpResponse& head);
  [[nodiscard]] Result<> want(std::uint64_t bytes);
  [[nodiscard]] std::unexpected<Error> another_part(const HttpResponse& head) const;

  ByteRange range_;
  Counted counted_;
  std::string etag_;  // of the first answer: what follows must be of the same object
  bool begun_ = false;
  bool chunked_ = false;  // the transfer's own end is the object's
};

}  // namespace walden
