// The file that a segment is fetched into, beside its final place, which leaves nothing behind when
// a signal ends the program.
#pragma once

#include <memory>

#include "common/bytes/new_file.h"

namespace walden {

class TemporaryCopy {
 public:
  // Removes as well what killed programs have left in that directory.
  [[nodiscard]] static Result<TemporaryCopy> create(const std::filesystem::path& final_path);
  TemporaryCopy(TemporaryCopy&&) noexcept = default;
  TemporaryCopy& operator=(TemporaryCopy&&) = delete;
  ~TemporaryCopy();

  [[nodiscard]] ByteSink& sink() { return *file_; }
  // Over what may be there, only now. PostgreSQL makes it durable itself (durable_rename).
  [[nodiscard]] Result<> put_into_place() { return file_->rename_into_place(false); }

 private:
  explicit TemporaryCopy(NewFile file);
  // On the heap, so that the path that the signal handler knows does not move.
  std::unique_ptr<NewFile> file_;
};

}  // namespace walden
