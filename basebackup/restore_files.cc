#include "basebackup/restore_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "basebackup/in_parallel.h"
#include "basebackup/pack_reader.h"
#include "basebackup/restore_units.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

// Into the file, and through the digest on the way.
class FileSink final : public ByteSink {
 public:
  FileSink(const FileRestore& restore, int fd, std::filesystem::path path, ContentDigest::Kind kind)
      : restore_(restore), fd_(fd), path_(std::move(path)), digest_(kind) {}

  [[nodiscard]] Result<> write(ByteView bytes) override {
    if (restore_.cancel) return fail(ErrorKind::transient, "interrupted");
    digest_.update(bytes);
    TRY(write_all(fd_, bytes, path_));
    restore_.advance(bytes.size());
    return {};
  }
  [[nodiscard]] ContentDigest digest() { return digest_.finish(); }

 private:
  const FileRestore& restore_;
  int fd_;
  std::filesystem::path path_;
  ContentHasher digest_;
};

Result<> set_time(int fd, std::int64_t modified, const std::filesystem::path& path) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                             {.tv_sec = modified, .tv_nsec = 0}};
  if (::futimens(fd, times) != 0) return fail_errno("set the time of", path.string(), errno);
  return {};
}

std::string where(const FileRestore& restore, const FileRecord& file) {
  if (file.runs.empty()) return "no pack";
  const auto pack =
      std::ranges::find(restore.manifest.packs, file.runs.front().pack, &PackRecord::number);
  return pack == restore.manifest.packs.end() ? "no pack" : pack->object;
}

constexpr const char* kOtherBackup =
    "Take another backup: basebackup list, then --backup ID. What else is damaged: basebackup "
    "verify.";

Error of_file(const FileRecord& file, const Error& error) {
  Error seen = error.within("cannot restore " + file.path);
  const bool lost = seen.kind == ErrorKind::corrupt || seen.kind == ErrorKind::absent;
  if (lost && seen.remedy.empty()) seen.remedy = kOtherBackup;
  return seen;
}

class UnitRestorer {
 public:
  UnitRestorer(const FileRestore& restore, const PackReaders& packs)
      : restore_(restore), runs_(packs) {}

  Result<> restore(const RestoreUnit& unit) {
    for (const FileRecord* file : unit.files) TRY(restore(*file, unit));
    return {};
  }

  Result<FileDescriptor> restore(const FileRecord& file, const RestoreUnit& unit) {
    const auto path = restore_.tree.path_of(file.path);
    FileDescriptor out = TRY(restore_.tree.create_file(file.path));
    FileSink sink(restore_, out.get(), path, file.digest.kind);
    for (const FileRun& run : file.runs) {
      auto read = runs_.read(run, last_frame_of(unit, run.pack), sink);
      if (!read) return std::unexpected(of_file(file, read.error()));
    }
    if (sink.digest() != file.digest) {
      return fail(ErrorKind::corrupt,
                  fmt::format("cannot restore {}: what {} holds is not what the manifest says",
                              file.path, where(restore_, file)),
                  kOtherBackup);
    }
    TRY(restore_.tree.give(out.get(), file.mode, path));
    TRY(set_time(out.get(), file.modified, path));
    return out;
  }

 private:
  const FileRestore& restore_;
  RunReader runs_;
};

}  // namespace

Result<> restore_files(const FileRestore& restore) {
  const auto packs =
      TRY(PackReaders::create(restore.store, restore.names, restore.opening, restore.manifest));
  const auto units = restore_units(restore.manifest.files, kControlFilePath);
  return in_parallel(restore.threads, units.size(), [&](std::size_t i) -> Result<> {
    if (restore.cancel) return fail(ErrorKind::transient, "interrupted");
    return UnitRestorer(restore, packs).restore(units[i]);
  });
}

Result<> sync_files(const FileRestore& restore) {
  const auto& files = restore.manifest.files;
  return in_parallel(restore.threads, files.size(), [&](std::size_t i) -> Result<> {
    if (files[i].path == kControlFilePath) return {};
    if (restore.cancel) return fail(ErrorKind::transient, "interrupted");
    const auto path = restore.tree.path_of(files[i].path);
    const FileDescriptor file = TRY(open_for_reading(path));
    return sync_file(file.get(), path);
  });
}

Result<> restore_control_file(const FileRestore& restore) {
  const auto& files = restore.manifest.files;
  const auto control = std::ranges::find(files, kControlFilePath, &FileRecord::path);
  if (control == files.end()) {
    return fail(ErrorKind::corrupt,
                fmt::format("backup {} has no {}", restore.manifest.summary.id, kControlFilePath));
  }
  const auto packs =
      TRY(PackReaders::create(restore.store, restore.names, restore.opening, restore.manifest));
  const RestoreUnit unit{.files = {&*control}, .size = control->size};
  const FileDescriptor file = TRY(UnitRestorer(restore, packs).restore(*control, unit));
  const auto path = restore.tree.path_of(control->path);
  TRY(sync_file(file.get(), path));
  return sync_directory(path.parent_path());
}

}  // namespace walden
