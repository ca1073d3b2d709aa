#include "common/postgres/backup_messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace walden {
namespace {

constexpr std::size_t kTarEndSize = 1024;  // two blocks of zeros

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::corrupt, fmt::format("cannot take a base backup: {}", why),
              "If the server is newer than this Walden, upgrade Walden.");
}

}  // namespace

std::string BackupMessages::name_of(const BackupTablespace& tablespace) const {
  const std::string name = tablespace.oid == 0 ? "base" : fmt::format("{}", tablespace.oid);
  return name + (compressed_ ? ".tar.zst" : ".tar");
}

Result<> BackupMessages::take(ByteView message) {
  if (message.empty()) return refuse("the server sent an empty message");
  const ByteView body = message.subspan(1);
  switch (message.front()) {
    case 'n':
      return begin_archive(body);
    case 'm':
      return begin_manifest(body);
    case 'd':
      return take_data(body);
    case 'p':
      return take_progress(body);
    default:
      return refuse(
          fmt::format("the server sent a message of the unknown type 0x{:02X}", message.front()));
  }
}

// Only the one name that is due is accepted, so that no name of the server's leads anywhere.
Result<> BackupMessages::begin_archive(ByteView body) {
  TRY(end_archive());
  const std::string_view text = text_of(body);
  if (std::ranges::count(text, '\0') != 2 || !text.ends_with('\0')) {
    return refuse("the server sent an archive's beginning of another shape");
  }
  if (part_ == Part::manifest || archives_ == tablespaces_.size()) {
    return refuse("the server sent an archive that it had not announced");
  }
  const BackupTablespace& due = tablespaces_[archives_];
  if (text.substr(0, text.find('\0')) != name_of(due)) {
    return refuse(fmt::format("the server sent another archive than {}", name_of(due)));
  }
  part_ = Part::archive;
  ++archives_;
  if (compressed_) decoder_ = TRY(ZstdDecoder::create(tar_));
  return consumer_.begin_archive(due);
}

Result<> BackupMessages::begin_manifest(ByteView body) {
  if (!body.empty()) return refuse("the server sent a manifest's beginning of another shape");
  if (part_ != Part::archive || archives_ != tablespaces_.size()) {
    return refuse("the server sent a manifest out of turn");
  }
  TRY(end_archive());
  part_ = Part::manifest;
  end_marker_ = end_reported_ = false;
  return {};
}

Result<> BackupMessages::take_progress(ByteView body) {
  if (body.size() != sizeof(std::uint64_t)) {
    return refuse("the server sent a progress report of another length");
  }
  if (!compressed_) end_reported_ = end_marker_;
  return {};
}

// The server sends a tar's end as a message of its own, and reports its progress at once. A file's
// piece that looks the same is told from it by the data that follow.
void BackupMessages::look_for_end(ByteView body) {
  end_marker_ = part_ == Part::archive && !compressed_ && archives_ == tablespaces_.size() &&
                body.size() == kTarEndSize &&
                std::ranges::all_of(body, [](std::uint8_t byte) { return byte == 0; });
  end_reported_ = false;
}

Result<> BackupMessages::take_data(ByteView body) {
  look_for_end(body);
  switch (part_) {
    case Part::archive:
      return take_archive(body);
    case Part::manifest:
      return consumer_.manifest_data(body);
    case Part::nothing:
      break;
  }
  return refuse("the server sent data that belong to nothing");
}

// The end of the last compressed archive needs no further word.
Result<> BackupMessages::take_archive(ByteView body) {
  if (!decoder_) return consumer_.archive_data(body);
  TRY(decoder_->write(body));
  end_reported_ = archives_ == tablespaces_.size() && decoder_->at_end();
  return {};
}

Result<> BackupMessages::end_archive() {
  if (part_ != Part::archive) return {};
  if (decoder_ && !decoder_->at_end()) return refuse("the server sent an archive that is cut off");
  decoder_.reset();
  return consumer_.end_archive();
}

Result<> BackupMessages::finish() const {
  if (part_ == Part::manifest) return {};
  return refuse("the server's stream ended before the manifest");
}

}  // namespace walden
