// What a disk is certain to hold, file by file and directory by directory: as they were at their
// last fsync. Anything else may be gone when the power fails. The preload library keeps this log
// while the programs run; the tests make from it what is found afterwards.
//
// In the log's folder there is one file for each inode: `IDENTITY.file` with a file's content,
// `IDENTITY.directory` with a directory's entries; each with the mode of what it stands for. The
// identity has the time of birth in it, because numbers of inodes are used again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace walden::testing {

struct DurableEntry {
  char kind = 'f';     // f: file, d: directory, l: symbolic link
  std::string target;  // identity; of a link, where it leads
  std::string name;
};

class DurableLog {
 public:
  explicit DurableLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Takes down what `path` (followed, if it is a link) is now. It counts once it is committed.
  class Record {
   public:
    Record(std::filesystem::path written, std::filesystem::path final_path)
        : written_(std::move(written)), final_(std::move(final_path)) {}
    void commit() const;
    void drop() const;

   private:
    std::filesystem::path written_;
    std::filesystem::path final_;
  };
  // Nothing for what is neither file nor directory. Throws when it cannot.
  [[nodiscard]] std::optional<Record> take_down(const std::filesystem::path& path) const;

  // Nothing: it was never made durable.
  [[nodiscard]] std::filesystem::path content(const std::string& identity) const {
    return folder_ / (identity + ".file");
  }
  [[nodiscard]] std::filesystem::path listing(const std::string& identity) const {
    return folder_ / (identity + ".directory");
  }
  [[nodiscard]] static std::vector<DurableEntry> read_listing(const std::filesystem::path& listing);

  [[nodiscard]] static std::string identity_of(const std::filesystem::path& path, bool follow);

 private:
  std::filesystem::path folder_;
};

}  // namespace walden::testing
