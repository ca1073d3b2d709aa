// Lines of text kept in a temporary file that has no name ($TMPDIR, else /tmp): what a backup of
// millions of files says of each of them does not fit into memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes/bytes.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

class LineSpool {
 public:
  [[nodiscard]] static Result<LineSpool> create();

  // `line` without a line break in it. ErrorKind::local_io names the folder that is full.
  [[nodiscard]] Result<> append(std::string_view line);
  // What is still held back goes to the file. Before the first Reader; nothing is appended after.
  [[nodiscard]] Result<> finish();

  // The lines in order, from the first. Several may read at once; the spool must outlive them.
  class Reader {
   public:
    explicit Reader(const LineSpool& spool) : spool_(&spool) {}
    // Valid until the next call; nothing at the end.
    [[nodiscard]] Result<std::optional<std::string_view>> next();

   private:
    [[nodiscard]] Result<bool> read_more();

    const LineSpool* spool_;
    std::uint64_t offset_ = 0;  // in the file, of the next piece
    std::string held_;
    std::size_t begin_ = 0;  // of the next line in what is held
  };

 private:
  LineSpool(FileDescriptor file, std::string folder)
      : file_(std::move(file)), folder_(std::move(folder)) {}
  [[nodiscard]] Result<> flush();

  FileDescriptor file_;
  std::string folder_;
  std::string held_;  // not in the file yet
};

}  // namespace walden
