// One object on its way into a bucket: a single PUT, or parts that go out side by side.
#pragma once

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "common/store/s3_shared.h"

namespace walden {

// docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: at most 10,000 parts, all but the last
// of at least 5 MiB. Every kPartsPerSize parts the size doubles, so that they suffice for the
// largest object of 5 TiB; below 20 GB all are of one size, as R2 wants them.
inline constexpr int kPartsPerSize = 1000;
[[nodiscard]] constexpr std::size_t s3_part_size(int number) {
  return kS3PartSize << static_cast<unsigned>((number - 1) / kPartsPerSize);
}

class S3Store::S3Upload final : public Upload {
 public:
  S3Upload(std::shared_ptr<Shared> shared, std::string_view name);
  ~S3Upload() override;  // aborts what was not committed

  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] Result<> commit() override;

  // Of a name that is taken, and with nothing written: sends one part, and is the server's refusal
  // to put it together the condition's doing? Overwrites what is there where it is not refused.
  [[nodiscard]] Result<bool> is_refused_in_parts();

 private:
  struct PartDone {
    std::string etag;
    Buffer buffer;  // to be filled again
  };
  using PartInFlight = std::future<Result<PartDone>>;

  [[nodiscard]] Result<> take(ByteView bytes);
  [[nodiscard]] Result<> begin_multipart();
  [[nodiscard]] Result<> send_part();
  [[nodiscard]] Result<PartDone> put_part(int number, Buffer content) const;
  [[nodiscard]] Result<> await_oldest();
  [[nodiscard]] Result<> put_whole();
  [[nodiscard]] Result<> complete();
  [[nodiscard]] Result<S3Answer> send_completion();
  [[nodiscard]] Result<> refuse_if_taken() const;
  [[nodiscard]] Result<> settle_refusal() const;
  [[nodiscard]] std::unexpected<Error> is_gone() const;
  [[nodiscard]] std::vector<HttpHeader> creation_headers() const;
  void abort() noexcept;

  std::shared_ptr<Shared> shared_;
  std::string name_;
  std::string key_;
  std::string writer_;     // kWriterHeader
  std::string upload_id_;  // empty: no multipart upload
  Buffer part_;
  std::atomic<bool> cancelled_ = false;
  std::vector<PartInFlight> in_flight_;  // oldest first
  std::vector<std::string> etags_;
  int parts_begun_ = 0;
  std::optional<Error> failure_;  // with a part missing, nothing may be committed
};

}  // namespace walden
