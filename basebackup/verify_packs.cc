#include "basebackup/verify_packs.h"

#include "basebackup/checked_file.h"
#include "basebackup/in_parallel.h"

namespace walden {
namespace {

bool is_own(const PackVerification& what, const PackRecord& pack) {
  return pack.object.starts_with(what.names.backup_prefix() + what.manifest.summary().id + "/");
}

Result<> verify_files(const PackVerification& what, const PackReaders& packs,
                      Verification& verification) {
  auto files = what.manifest.files();
  return run_frame_work(
      {.packs = packs,
       .next = [&] { return files.next(); },
       .threads = what.threads,
       .begin = [&](const FileRecord& file, std::uint64_t) -> std::unique_ptr<PieceTaker> {
         return std::make_unique<CheckedFile>(verification, what.advance, file);
       },
       .cancel = what.cancel});
}

// Frames that no file lies in do no harm, but "every byte" was promised.
Result<> verify_unused(const PackVerification& what, const PackReaders& packs, std::size_t place,
                       Verification& verification) {
  const PackRecord& pack = what.manifest.packs()[place];
  FrameReader frames(packs);
  for (std::uint32_t frame = 0; frame < pack.frame_sizes.size(); ++frame) {
    if (what.manifest.is_used(place, frame)) continue;
    if (what.cancel) return fail(ErrorKind::transient, "interrupted");
    const auto read = frames.read(pack.number, frame, frame + 1,
                                  [](std::uint32_t, const Result<ByteView>& plain) -> Result<> {
                                    return plain ? Result<>{} : std::unexpected(plain.error());
                                  });
    if (!read) return verification.note(pack.object, read.error());
  }
  return {};
}

Result<> verify_pack(const PackVerification& what, const PackReaders& packs, std::size_t place,
                     Verification& verification) {
  const PackRecord& pack = what.manifest.packs()[place];
  verification.add_pack();
  if (const auto opened = packs.pack(pack.number).opener(); !opened) {
    return verification.note(pack.object, opened.error());
  }
  return is_own(what, pack) ? verify_unused(what, packs, place, verification) : Result<>{};
}

}  // namespace

Result<> verify_packs(const PackVerification& what, Verification& verification) {
  const PackReaders packs(what.store, what.names, what.opening, what.manifest);
  TRY(verify_files(what, packs, verification));
  return in_parallel(what.threads, what.manifest.packs().size(), [&](std::size_t place) {
    return verify_pack(what, packs, place, verification);
  });
}

}  // namespace walden
