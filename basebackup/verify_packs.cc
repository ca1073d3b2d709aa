#include "basebackup/verify_packs.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "common/bytes/sealed_reader.h"

namespace walden {
namespace {

// A file while its runs come by; it may go on in the next pack.
struct OpenFile {
  explicit OpenFile(ContentDigest::Kind kind) : digest(kind) {}
  ContentHasher digest;
  std::uint64_t seen = 0;
};

// The digests of all files, as their runs come out of one pack after the other.
class FileDigests {
 public:
  FileDigests(const Manifest& manifest, Verification& verification)
      : manifest_(manifest), verification_(verification) {}

  void take(std::size_t index, ByteView bytes) {
    const FileRecord& file = manifest_.files[index];
    OpenFile& open = open_.try_emplace(index, file.digest.kind).first->second;
    open.digest.update(bytes);
    open.seen += bytes.size();
    if (open.seen < file.size) return;
    check(file, open.digest.finish());
    open_.erase(index);
  }

  // Files without content are in no pack.
  void check_empty_files() {
    for (const FileRecord& file : manifest_.files) {
      if (file.size == 0) check(file, ContentHasher::of(file.digest.kind, {}));
    }
  }

 private:
  void check(const FileRecord& file, const ContentDigest& digest) {
    verification_.add_file(file.size);
    if (digest == file.digest) return;
    verification_.found(file.path, "its content is not what the manifest says");
  }

  const Manifest& manifest_;
  Verification& verification_;
  std::unordered_map<std::size_t, OpenFile> open_;
};

struct PlacedRun {
  std::size_t file = 0;
  FileRun run;
};

// Gets a pack's plaintext, one call for each frame, and hands each file what is its own.
class FrameSink final : public ByteSink {
 public:
  FrameSink(const PackVerification& what, std::vector<PlacedRun> runs, FileDigests& digests)
      : what_(what), runs_(std::move(runs)), digests_(digests) {}

  [[nodiscard]] Result<> write(ByteView frame) override {
    if (what_.cancel) return fail(ErrorKind::transient, "interrupted");
    what_.advance(frame.size());
    while (next_ < runs_.size() && begins_by(frame_)) {
      if (!take_from(frame)) break;
    }
    ++frame_;
    return {};
  }
  [[nodiscard]] std::uint32_t frames() const { return frame_; }
  [[nodiscard]] std::size_t runs_left() const { return runs_.size() - next_; }

 private:
  [[nodiscard]] bool begins_by(std::uint32_t frame) const {
    return runs_[next_].run.frame <= frame;
  }

  // False when the run goes on in the next frame.
  bool take_from(ByteView frame) {
    const auto& [file, run] = runs_[next_];
    const std::uint64_t offset = done_ == 0 ? run.offset : 0;
    if (offset > frame.size()) return false;
    const auto part = frame.subspan(offset).first(
        std::min<std::uint64_t>(frame.size() - offset, run.length - done_));
    digests_.take(file, part);
    done_ += part.size();
    if (done_ < run.length) return false;
    ++next_;
    done_ = 0;
    return true;
  }

  const PackVerification& what_;
  std::vector<PlacedRun> runs_;
  FileDigests& digests_;
  std::uint32_t frame_ = 0;
  std::size_t next_ = 0;
  std::uint64_t done_ = 0;  // of the run that is next
};

std::vector<PlacedRun> runs_in(const Manifest& manifest, std::uint32_t pack) {
  std::vector<PlacedRun> runs;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    for (const FileRun& run : manifest.files[i].runs) {
      if (run.pack == pack && run.length > 0) runs.push_back({i, run});
    }
  }
  std::ranges::stable_sort(runs, [](const PlacedRun& a, const PlacedRun& b) {
    return std::pair(a.run.frame, a.run.offset) < std::pair(b.run.frame, b.run.offset);
  });
  return runs;
}

// The restore finds frames by what the manifest says of them.
std::string difference(const PackRecord& pack, const SealedSummary& found, const FrameSink& sink) {
  if (found.frame_sizes != pack.frame_sizes || found.header_size != pack.header_size ||
      found.stored_size != pack.stored_size || sink.frames() != pack.frame_sizes.size()) {
    return "its frames are not where the manifest says";
  }
  if (sink.runs_left() > 0) return fmt::format("{} files end outside it", sink.runs_left());
  return {};
}

Result<> verify_pack(const PackVerification& what, const PackRecord& pack, FileDigests& digests,
                     Verification& verification) {
  const auto runs = runs_in(what.manifest, pack.number);
  FrameSink sink(what, runs, digests);
  SealedReader reader(what.opening, what.names.identity(pack.object), sink);
  verification.add_pack();
  if (auto read = what.store.read(pack.object, {}, reader); !read) {
    return verification.note(pack.object, read.error());
  }
  const auto summary = reader.finish();
  if (!summary) return verification.note(pack.object, summary.error());
  const std::string differs = difference(pack, *summary, sink);
  if (!differs.empty()) verification.found(pack.object, differs);
  return {};
}

}  // namespace

Result<> verify_packs(const PackVerification& what, Verification& verification) {
  FileDigests digests(what.manifest, verification);
  digests.check_empty_files();
  for (const PackRecord& pack : what.manifest.packs) {
    TRY(verify_pack(what, pack, digests, verification));
  }
  return {};
}

}  // namespace walden
