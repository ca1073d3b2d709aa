#include "common/bytes/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::size_t kPending = std::size_t{256} << 10U;
constexpr std::size_t kLeastAhead = std::size_t{4} << 10U;
constexpr std::size_t kMostAhead = std::size_t{256} << 10U;
constexpr const char* kName = "a temporary file";

std::string temporary_directory() {
  const char* chosen = ::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::create() {
  const std::string directory = temporary_directory();
  FileDescriptor fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd && (errno == EOPNOTSUPP || errno == EISDIR)) {
    // A file system without nameless files.
    std::string name = directory + "/walden-spool-XXXXXX";
    fd = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
    if (fd) (void)::unlink(name.c_str());
  }
  if (!fd) return fail_errno("make a temporary file in", directory, errno);
  return std::unique_ptr<Spool>(new Spool(std::move(fd), directory));
}

Result<> Spool::write(ByteView bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  return pending_.size() < kPending ? Result<>() : flush();
}

Result<> Spool::flush() {
  TRY(write_all_at(fd_.get(), pending_, written_, directory_));
  written_ += pending_.size();
  pending_.clear();
  return {};
}

Result<> Spool::copy_to(ByteSink& sink) {
  TRY(flush());
  RangeReader reader(fd_.get(), 0, written_);
  for (std::uint64_t left = written_; left > 0;) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, kMostAhead));
    TRY(sink.write(TRY(reader.take(piece))));
    left -= piece;
  }
  return {};
}

RangeReader::RangeReader(int fd, std::uint64_t begin, std::uint64_t end)
    : fd_(fd), next_(begin), end_(end), ahead_(kLeastAhead) {}

Result<ByteView> RangeReader::take(std::size_t count) {
  const std::size_t there = buffer_.size() - used_;
  if (count > there) {
    if (count - there > end_ - next_) return fail(ErrorKind::corrupt, "it ends in the middle");
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(std::max(count - there, ahead_), end_ - next_));
    ahead_ = std::min(ahead_ * 2, kMostAhead);
    buffer_.resize(there + wanted);
    for (std::size_t filled = there; filled < buffer_.size();) {
      const auto got =
          ::pread(fd_, buffer_.data() + filled, buffer_.size() - filled, static_cast<off_t>(next_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read", kName, errno);
      if (got == 0) return fail(ErrorKind::corrupt, "it became shorter while it was read");
      filled += static_cast<std::size_t>(got);
      next_ += static_cast<std::uint64_t>(got);
    }
  }
  const ByteView taken = ByteView(buffer_).subspan(used_, count);
  used_ += count;
  return taken;
}

}  // namespace walden
