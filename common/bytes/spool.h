// Bytes put aside in a temporary file without a name: in $TMPDIR, else in /tmp. It is gone with the
// object, and with the process. What must not be kept in memory because it grows with the database
// waits here.
#pragma once

#include <memory>
#include <string>

#include "common/bytes/bytes.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class Spool final : public ByteSink {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Spool>> create();

  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] std::uint64_t size() const { return written_ + pending_.size(); }

  // Brings what was written into the file, so that its descriptor shows all of it.
  [[nodiscard]] Result<> flush();
  [[nodiscard]] int fd() const { return fd_.get(); }  // owned by this object

  [[nodiscard]] Result<> copy_to(ByteSink& sink);  // all of it, from the start

 private:
  Spool(FileDescriptor fd, std::string directory)
      : fd_(std::move(fd)), directory_(std::move(directory)) {}

  FileDescriptor fd_;
  std::string directory_;  // for messages
  Buffer pending_;
  std::uint64_t written_ = 0;
};

// Reads a part of a file from front to back, whatever else happens to its offset.
class RangeReader {
 public:
  // `fd` must outlive it. [begin, end) in bytes.
  RangeReader(int fd, std::uint64_t begin, std::uint64_t end);

  // Exactly `count` bytes; valid until the next call. ErrorKind::corrupt where so many do not
  // follow. The caller has checked `count` against a bound of its own.
  [[nodiscard]] Result<ByteView> take(std::size_t count);
  [[nodiscard]] std::uint64_t position() const { return next_ - (buffer_.size() - used_); }
  [[nodiscard]] bool at_end() const { return position() == end_; }

 private:
  int fd_;
  std::uint64_t next_;  // the first byte that is not in the buffer yet
  std::uint64_t end_;
  Buffer buffer_;
  std::size_t used_ = 0;  // bytes of the buffer
  std::size_t ahead_;     // grows, so that a reader of little reads little
};

}  // namespace walden
