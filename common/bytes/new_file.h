// A file that appears under its final name whole or not at all.
//
// create() opens `<directory>/.walden-tmp.<pid>.<random>` (mode as given) and holds an flock on it;
// write() appends; then exactly one of
//   link_into_place()    fsync, link(2) to the final name, fsync of the directory: never
//   overwrites,
//                        ErrorKind::exists if the name is taken (the store's way)
//   rename_into_place()  rename(2) over the final name (wal-fetch's way: PostgreSQL fsyncs the file
//                        itself in durable_rename, xlogarchive.c, so `durable` may be false there)
// A file that is destroyed before either is removed. A crash leaves the temporary behind: it does
// no harm, and remove_abandoned() unlinks those whose flock is free and that are older than 15
// minutes (the age keeps it from a file that another process has opened and not locked yet).
#pragma once

#include <filesystem>

#include "common/bytes/bytes.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

inline constexpr std::string_view kTemporaryPrefix = ".walden-tmp.";

class NewFile final : public ByteSink {
 public:
  [[nodiscard]] static Result<NewFile> create(const std::filesystem::path& final_path,
                                              unsigned mode = 0600);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&& other) noexcept;
  ~NewFile() override;

  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] Result<> link_into_place();
  [[nodiscard]] Result<> rename_into_place(bool durable);

  // For a signal handler, which must unlink it: valid and unchanged while the object lives.
  [[nodiscard]] const char* temporary_path() const { return temporary_.c_str(); }

 private:
  NewFile(FileDescriptor fd, std::filesystem::path temporary, std::filesystem::path final_path);
  void discard() noexcept;

  FileDescriptor fd_;
  std::filesystem::path temporary_;  // empty once it is in place
  std::filesystem::path final_;
};

// Returns how many were removed. A directory that does not exist has none.
[[nodiscard]] Result<int> remove_abandoned(const std::filesystem::path& directory);

}  // namespace walden
