#include "basebackup/pack_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace walden {
namespace {

// A frame that does not compress grows by its length word and tag; zstd adds less than 1 %.
constexpr std::uint32_t kMaxStoredFrame = kFrameSize + (kFrameSize >> 4U);

}  // namespace

PackReader::PackReader(Store& store, ObjectIdentity identity, const Opening& opening,
                       const PackRecord& pack)
    : store_(store), identity_(std::move(identity)), opening_(opening), pack_(pack) {
  offsets_.reserve(pack.frame_sizes.size() + 1);
  offsets_.push_back(pack.header_size);
  for (const std::uint32_t size : pack.frame_sizes) offsets_.push_back(offsets_.back() + size);
}

std::uint32_t PackReader::frame_count() const {
  return static_cast<std::uint32_t>(pack_.frame_sizes.size());
}

Result<const FrameOpener*> PackReader::opener() {
  const std::lock_guard lock(mutex_);
  if (opener_) return &*opener_;
  BufferSink start(kMaxHeaderSize);
  TRY(store_.read(pack_.object, {.offset = 0, .length = kMaxHeaderSize}, start));
  opener_ = TRY(FrameOpener::create(opening_, identity_, start.buffer()));
  return &*opener_;
}

Result<PackReader::Fetched> PackReader::fetch(std::uint32_t first, std::uint32_t last) const {
  Fetched fetched{first, first + 1, {}};
  last = std::min(last, frame_count() - 1);
  while (fetched.end <= last && offsets_[fetched.end + 1] - offsets_[first] <= kFetchSize) {
    ++fetched.end;
  }
  const ByteRange range{offsets_[first], offsets_[fetched.end] - offsets_[first]};
  BufferSink stored(range.length);
  auto read = store_.read(pack_.object, range, stored);
  if (!read) return std::unexpected(naming(pack_.object, read.error()));
  fetched.stored = stored.take();
  if (fetched.stored.size() == range.length) return fetched;
  return fail(ErrorKind::corrupt,
              fmt::format("{} is shorter than the manifest says: frame {} of {} is not there",
                          pack_.object, first, frame_count()));
}

Result<Buffer> PackReader::open(const Fetched& fetched, std::uint32_t frame) {
  const auto stored =
      ByteView(fetched.stored)
          .subspan(offsets_[frame] - offsets_[fetched.first], pack_.frame_sizes[frame]);
  auto opener = this->opener();
  if (!opener) return std::unexpected(naming(pack_.object, opener.error()));
  auto plaintext = (*opener)->open(frame, stored);
  if (!plaintext) return std::unexpected(naming(pack_.object, plaintext.error()));
  return plaintext;
}

Result<PackReaders> PackReaders::create(Store& store, const ObjectNames& names,
                                        const Opening& opening, const Manifest& manifest) {
  PackReaders readers;
  for (const PackRecord& pack : manifest.packs) {
    const bool sizes_fit = std::ranges::all_of(
        pack.frame_sizes, [](std::uint32_t size) { return size <= kMaxStoredFrame; });
    if (!pack.object.starts_with(names.backup_prefix()) || !sizes_fit) {
      return fail(ErrorKind::corrupt, fmt::format("the manifest of {} names an impossible pack, {}",
                                                  manifest.summary.id, pack.object));
    }
    readers.packs_.emplace(pack.number, std::make_unique<PackReader>(
                                            store, names.identity(pack.object), opening, pack));
  }
  return readers;
}

Result<ByteView> RunReader::plaintext(std::uint32_t pack, std::uint32_t frame,
                                      std::uint32_t ahead) {
  if (open_pack_ == pack && open_frame_ == frame) return ByteView(open_);
  open_pack_ = 0;
  PackReader& reader = packs_.pack(pack);
  if (frame >= reader.frame_count()) {
    return fail(ErrorKind::corrupt,
                fmt::format("{} has no frame {}", reader.record().object, frame));
  }
  if (fetched_pack_ != pack || frame < fetched_.first || frame >= fetched_.end) {
    fetched_pack_ = 0;
    fetched_ = {};  // before the next is fetched: never two at once
    fetched_ = TRY(reader.fetch(frame, std::max(frame, ahead)));
    fetched_pack_ = pack;
  }
  open_ = TRY(reader.open(fetched_, frame));
  open_pack_ = pack;
  open_frame_ = frame;
  return ByteView(open_);
}

Result<> RunReader::read(const FileRun& run, std::uint32_t ahead, ByteSink& sink) {
  std::uint64_t rest = run.length;
  std::uint64_t offset = run.offset;
  for (std::uint32_t frame = run.frame; rest > 0; ++frame, offset = 0) {
    const ByteView bytes = TRY(plaintext(run.pack, frame, ahead));
    if (offset >= bytes.size()) {
      return fail(ErrorKind::corrupt,
                  fmt::format("frame {} of {} is shorter than the manifest says", frame,
                              packs_.pack(run.pack).record().object));
    }
    const ByteView part = bytes.subspan(offset).first(std::min(rest, bytes.size() - offset));
    TRY(sink.write(part));
    rest -= part.size();
  }
  return {};
}

}  // namespace walden
