#include "basebackup/pack_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace walden {
namespace {

// An offset for each frame of a database of many terabytes would take more memory than all else.
constexpr std::uint32_t kStride = 64;

// Counts, digest, signature, tag, and the tail: well below this.
constexpr std::uint64_t kMaxFooterOfNoFrames = 1024;

// Into a buffer that is used again and again.
class ReuseSink final : public ByteSink {
 public:
  ReuseSink(Buffer& buffer, std::size_t size) : buffer_(buffer) {
    buffer_.clear();
    buffer_.reserve(size);
  }
  [[nodiscard]] Result<> write(ByteView bytes) override {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return {};
  }

 private:
  Buffer& buffer_;
};

bool is_for_good(const Error& error) {
  return error.kind == ErrorKind::corrupt || error.kind == ErrorKind::absent;
}

}  // namespace

PackReader::PackReader(Store& store, ObjectIdentity identity, const Opening& opening,
                       const PackRecord& pack)
    : store_(store), identity_(std::move(identity)), opening_(opening), pack_(pack) {
  std::uint64_t offset = pack.header_size;
  for (std::size_t frame = 0; frame <= pack.frame_sizes.size(); ++frame) {
    if (frame % kStride == 0) offsets_.push_back(offset);
    if (frame < pack.frame_sizes.size()) offset += pack.frame_sizes[frame];
  }
}

std::uint32_t PackReader::frame_count() const {
  return static_cast<std::uint32_t>(pack_.frame_sizes.size());
}

std::uint64_t PackReader::offset_of(std::uint32_t frame) const {
  std::uint64_t offset = offsets_[frame / kStride];
  for (std::uint32_t before = frame - frame % kStride; before < frame; ++before) {
    offset += pack_.frame_sizes[before];
  }
  return offset;
}

Result<FrameOpener> PackReader::open_pack() const {
  BufferSink start(kMaxHeaderSize);
  TRY(store_.read(pack_.object, {.offset = 0, .length = kMaxHeaderSize}, start));
  auto opener = TRY(FrameOpener::create(opening_, identity_, start.buffer()));
  const std::uint64_t footer = offset_of(frame_count());
  const ByteRange rest{footer, pack_.stored_size - footer + 1};
  if (rest.length > kMaxFooterOfNoFrames + std::uint64_t{frame_count()} * sizeof(std::uint32_t)) {
    return fail(ErrorKind::corrupt, "its footer is larger than the manifest's frames make it");
  }
  BufferSink end(rest.length);
  TRY(store_.read(pack_.object, rest, end));
  if (end.buffer().size() >= rest.length) {
    return fail(ErrorKind::corrupt, "it is longer than the manifest says");
  }
  const auto sizes = TRY(opener.frame_sizes(frame_count(), footer, end.buffer()));
  if (sizes == pack_.frame_sizes && opener.header_size() == pack_.header_size) return opener;
  return fail(ErrorKind::corrupt, "its frames are not where the manifest says");
}

Result<const FrameOpener*> PackReader::opener() {
  const std::lock_guard lock(mutex_);
  if (opener_) return &*opener_;
  if (broken_) return std::unexpected(*broken_);
  auto opened = open_pack();
  if (opened) return &opener_.emplace(std::move(*opened));
  const Error error = naming(pack_.object, opened.error());
  if (is_for_good(error)) broken_ = error;
  return std::unexpected(error);
}

Result<> PackReader::fetch(std::uint32_t first, std::uint32_t end, Buffer& stored) const {
  const std::uint64_t offset = offset_of(first);
  const ByteRange range{offset, offset_of(end) - offset};
  ReuseSink sink(stored, range.length);
  auto read = store_.read(pack_.object, range, sink);
  if (!read) return std::unexpected(naming(pack_.object, read.error()));
  if (stored.size() == range.length) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("{} is shorter than the manifest says: frame {} of {} is not there",
                          pack_.object, first, frame_count()));
}

PackReaders::PackReaders(Store& store, const ObjectNames& names, const Opening& opening,
                         const ManifestFile& manifest) {
  for (const PackRecord& pack : manifest.packs()) {
    packs_.emplace(pack.number,
                   std::make_unique<PackReader>(store, names.identity(pack.object), opening, pack));
  }
}

Result<> FrameReader::read(std::uint32_t pack, std::uint32_t first, std::uint32_t end,
                           const Visit& visit) {
  PackReader& reader = packs_.pack(pack);
  const FrameOpener* opener = TRY(reader.opener());
  const auto worker = TRY(opener->worker());
  TRY(reader.fetch(first, end, stored_));
  std::uint64_t offset = 0;
  for (std::uint32_t frame = first; frame < end; ++frame) {
    const std::uint32_t size = reader.record().frame_sizes[frame];
    const auto opened = opener->open(*worker, frame, ByteView(stored_).subspan(offset, size), job_);
    offset += size;
    if (opened) {
      TRY(visit(frame, ByteView(job_.out).first(job_.out_size)));
    } else {
      TRY(visit(frame, std::unexpected(naming(reader.record().object, opened.error()))));
    }
  }
  return {};
}

}  // namespace walden
