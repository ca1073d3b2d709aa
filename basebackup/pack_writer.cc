#include "basebackup/pack_writer.h"

#include <algorithm>

#include "basebackup/file_runs.h"

namespace walden {
namespace {

// Below this a frame of one's own costs more (a header, a worse ratio) than it can save.
constexpr std::uint64_t kOwnFrame = kFrameSize / 4;

}  // namespace

PackWriter::PackWriter(Store& store, const ObjectNames& names, std::string backup_id,
                       const Sealing& sealing, std::uint64_t pack_size, std::uint32_t first_number)
    : store_(store),
      names_(names),
      backup_id_(std::move(backup_id)),
      sealing_(sealing),
      pack_size_(pack_size),
      first_number_(first_number) {}

PackWriter::~PackWriter() = default;

Result<> PackWriter::open_pack() {
  object_ = names_.pack(backup_id_, static_cast<std::uint32_t>(packs_.size() + 1));
  upload_ = TRY(store_.create(object_));
  sealed_ = TRY(SealedWriter::create(sealing_, names_.identity(object_), *upload_));
  return {};
}

Result<> PackWriter::close_pack() {
  auto summary = TRY(sealed_->finish());
  TRY(upload_->commit());
  packs_.push_back({.number = number(),
                    .object = object_,
                    .header_size = summary.header_size,
                    .stored_size = summary.stored_size,
                    .frame_sizes = std::move(summary.frame_sizes),
                    .plaintext_size = summary.plaintext_size});
  sealed_.reset();
  upload_.reset();
  return {};
}

bool PackWriter::pack_is_full() const {
  return sealed_ && sealed_->position().offset == 0 && sealed_->stored_so_far() >= pack_size_;
}

std::uint32_t PackWriter::number() const {
  return first_number_ + static_cast<std::uint32_t>(packs_.size());
}

Result<> PackWriter::begin_file(std::uint64_t expected_size) {
  runs_.clear();
  return begin_part(expected_size);
}

Result<> PackWriter::begin_part(std::uint64_t expected_size) {
  if (sealed_ && expected_size >= kOwnFrame) TRY(sealed_->end_frame());
  return {};
}

Result<> PackWriter::write(ByteView content) {
  while (!content.empty()) {
    if (pack_is_full()) TRY(close_pack());
    if (!sealed_) TRY(open_pack());
    const auto at = sealed_->position();
    // Up to the end of the frame only, so that a full pack is noticed at its frame boundary.
    const auto part = content.first(std::min<std::size_t>(content.size(), kFrameSize - at.offset));
    TRY(sealed_->write(part));
    append_run(runs_,
               {.pack = number(), .frame = at.frame, .offset = at.offset, .length = part.size()});
    content = content.subspan(part.size());
  }
  return {};
}

void PackWriter::refer(const FileRun& run) {
  append_run(runs_, run);
}

std::vector<FileRun> PackWriter::end_file() {
  return std::exchange(runs_, {});
}

Result<std::vector<PackRecord>> PackWriter::finish() {
  if (sealed_) TRY(close_pack());
  return std::move(packs_);
}

}  // namespace walden
