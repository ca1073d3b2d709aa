// Cuts the bytes of a sealed object, which come in pieces of any size, into its parts, without any
// key: structure, limits, and the SHA-256 of what is stored. A length is checked before memory is
// given for it; at most one part is held.
#pragma once

#include "common/bytes/sealed_footer.h"
#include "common/bytes/sealed_header.h"

namespace walden {

// What is done with the parts, in this order: one header, any number of frames, one footer.
class ObjectParts {
 public:
  virtual ~ObjectParts() = default;
  [[nodiscard]] virtual Result<> on_header(const SealedHeader& header) = 0;
  // Without its length word. May be swapped for another buffer, whose content does not matter.
  [[nodiscard]] virtual Result<> on_frame(std::uint32_t index, Buffer& sealed) = 0;
  [[nodiscard]] virtual Result<> on_footer(std::span<std::uint8_t> sealed) = 0;
};

class ObjectParser {
 public:
  explicit ObjectParser(ObjectParts& parts) : parts_(parts) {}

  [[nodiscard]] Result<> write(ByteView stored);

  struct Outline {
    SealedTail tail;
    std::uint64_t stored_size = 0;
    std::uint32_t header_size = 0;
    std::vector<std::uint32_t> frame_sizes;  // stored, length word included
  };
  // Once, after the last byte: an object that is not whole is corrupt.
  [[nodiscard]] Result<Outline> finish();

 private:
  enum class Step { header_start, header_rest, length, frame, footer, tail, end };

  [[nodiscard]] Result<> part_is_complete();
  [[nodiscard]] Result<> take_header_start();
  [[nodiscard]] Result<> take_header();
  [[nodiscard]] Result<> take_length();
  [[nodiscard]] Result<> expect_frame(std::uint32_t length);
  [[nodiscard]] Result<> expect_footer(std::uint32_t length);
  [[nodiscard]] Result<> take_frame();
  [[nodiscard]] Result<> take_footer();
  [[nodiscard]] Result<> take_tail();
  void expect(Step step, std::size_t size);
  [[nodiscard]] std::string where() const;

  ObjectParts& parts_;
  Step step_ = Step::header_start;
  std::size_t needed_ = kHeaderStartSize;
  Buffer part_;
  std::size_t largest_frame_ = 0;
  Sha256 stored_sha256_;
  std::uint64_t footer_offset_ = 0;
  Outline outline_;
};

}  // namespace walden
