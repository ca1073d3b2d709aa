// Objects as files below a directory (URL file:///path), the embedded default.
//
// create: temporary file in the target directory, write, fsync, link(2) (never overwrites), fsync
// of the directory; new directories are made durable too. The root itself is never created here,
// except by create_root(): a root that is gone may be a file system that is not mounted, and that
// must never look like an empty store. Temporaries that a crash left behind are removed by the next
// create() in the same directory. What cannot be looked at (a link that leads nowhere) or is no
// regular file (a folder too) under an object's name is local_io: doubt, never absence.
#pragma once

#include <filesystem>
#include <memory>

#include "common/bytes/file_descriptor.h"
#include "common/store/store.h"

namespace walden {

class DirectoryStore final : public Store {
 public:
  explicit DirectoryStore(const std::filesystem::path& root);

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override;
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override;
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override;
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  // Makes the root and its parents (0700), for the one time a person sets the store up.
  [[nodiscard]] Result<> create_root();

 private:
  class DirectoryUpload;
  [[nodiscard]] std::filesystem::path path_of(std::string_view name) const;
  [[nodiscard]] Result<> check_root() const;
  [[nodiscard]] std::unexpected<Error> missing(std::string_view name) const;
  [[nodiscard]] Result<FileDescriptor> open_object(std::string_view name) const;

  std::filesystem::path root_;
};

}  // namespace walden
