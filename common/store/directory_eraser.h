// Erases files below a directory (file:///path): unlink(2), fsync of the folder, then the folders
// above it that have become empty. The root itself stays.
#pragma once

#include <filesystem>

#include "common/store/directory_store.h"
#include "common/store/eraser.h"

namespace walden {

class DirectoryEraser final : public Eraser {
 public:
  explicit DirectoryEraser(const std::filesystem::path& root) : store_(root) {}
  [[nodiscard]] Result<Erased> erase(std::string_view name) override;

 private:
  DirectoryStore store_;
};

}  // namespace walden
