#include "basebackup/restore_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "basebackup/restore_claim.h"
#include "basebackup/restored_file.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

using Next = std::function<Result<std::optional<FileRecord>>()>;
using Wanted = std::function<bool(const FileRecord& file, std::uint64_t number)>;

Result<> restore_wanted(const FileRestore& restore, const Next& next, const Wanted& wanted) {
  const PackReaders packs(restore.store, restore.names, restore.opening, restore.manifest);
  const FileWriting writing{.tree = restore.tree,
                            .advance = restore.advance,
                            .cancel = restore.cancel,
                            .checksum = restore.checksum};
  return run_frame_work(
      {.packs = packs,
       .next = next,
       .threads = restore.threads,
       .begin = [&](const FileRecord& file, std::uint64_t number) -> std::unique_ptr<PieceTaker> {
         if (!wanted(file, number)) return nullptr;
         return std::make_unique<RestoredFile>(writing, file);
       },
       .cancel = restore.cancel});
}

}  // namespace

// A server that was started on a directory with a claim left in it has it in its backups: ours is
// there, and goes in the end.
Result<> restore_files(const FileRestore& restore) {
  auto files = restore.manifest.files();
  const auto next = [&] { return files.next(); };
  return restore_wanted(restore, next, [&](const FileRecord& file, std::uint64_t number) {
    const bool kept = number < restore.kept.size() && restore.kept[number];
    return !kept && file.path != kControlFilePath && file.path != kRestoreClaim;
  });
}

Result<> restore_control_file(const FileRestore& restore) {
  const auto& control = restore.manifest.control_file();
  if (!control) {
    return fail(ErrorKind::corrupt, fmt::format("backup {} has no {}",
                                                restore.manifest.summary().id, kControlFilePath));
  }
  // Whole or not there: one that was cut off would be taken for another server's.
  auto aside = control;
  aside->path += ".restored";
  auto next = [file = aside]() mutable -> Result<std::optional<FileRecord>> {
    return std::exchange(file, std::nullopt);
  };
  TRY(restore_wanted(restore, next, [](const FileRecord&, std::uint64_t) { return true; }));
  const auto written = restore.tree.path_of(aside->path);
  const FileDescriptor file = TRY(open_for_reading(written));
  TRY(sync_file(file.get(), written));
  const auto path = restore.tree.path_of(control->path);
  if (::rename(written.c_str(), path.c_str()) != 0) {
    return fail_errno("put in place", path.string(), errno);
  }
  return sync_directory(path.parent_path());
}

}  // namespace walden
