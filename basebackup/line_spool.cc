#include "basebackup/line_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

}  // namespace

Result<LineSpool> LineSpool::create() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  if (error) {
    return fail(ErrorKind::local_io, "cannot find a folder for temporary files: " + error.message(),
                "Set TMPDIR to a folder that can be written.");
  }
  std::string name = folder / "walden-manifest-XXXXXX";
  FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return fail_errno("create a temporary file in", folder.string(), errno);
  if (::unlink(name.c_str()) != 0) return fail_errno("unlink", name, errno);
  return LineSpool(std::move(file), folder.string());
}

Result<> LineSpool::append(std::string_view line) {
  held_.append(line).push_back('\n');
  return held_.size() < kPiece ? Result<>{} : flush();
}

Result<> LineSpool::flush() {
  TRY(write_all(file_.get(), bytes_of(held_), folder_));
  held_.clear();
  return {};
}

Result<> LineSpool::finish() {
  TRY(flush());
  held_.shrink_to_fit();
  return {};
}

Result<bool> LineSpool::Reader::read_more() {
  held_.erase(0, begin_);
  begin_ = 0;
  const std::size_t before = held_.size();
  held_.resize(before + kPiece);
  for (;;) {
    const auto count =
        ::pread(spool_->file_.get(), held_.data() + before, kPiece, static_cast<off_t>(offset_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read a temporary file in", spool_->folder_, errno);
    held_.resize(before + static_cast<std::size_t>(count));
    offset_ += static_cast<std::uint64_t>(count);
    return count > 0;
  }
}

Result<std::optional<std::string_view>> LineSpool::Reader::next() {
  std::size_t looked = begin_;
  for (;;) {
    const std::size_t end = held_.find('\n', looked);
    if (end != std::string::npos) {
      const auto line = std::string_view(held_).substr(begin_, end - begin_);
      begin_ = end + 1;
      return line;
    }
    looked = held_.size() - begin_;
    if (!TRY(read_more())) return std::nullopt;
  }
}

}  // namespace walden
