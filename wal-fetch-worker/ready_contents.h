// What the segments that lie ready held when they came. Between that and the moment when PostgreSQL
// asks, hours may go by (a standby that applies late): a disk can fail then, a page that could not
// be written back is forgotten, a hand slips. PostgreSQL takes a damaged record for the end of the
// WAL, and opens the database: so what was verified on its way in is looked at once more on its way
// out.
//
// A CRC, because what is looked for is accident: who may write into that directory may write into
// the database.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "common/bytes/bytes.h"
#include "common/bytes/error.h"
#include "common/postgres/crc32c.h"

namespace walden {

struct FileContent {
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  bool operator==(const FileContent&) const = default;
};

// Passes everything on, and knows what it was.
class ContentTap final : public ByteSink {
 public:
  explicit ContentTap(ByteSink& next) : next_(next) {}
  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] FileContent content() const { return {size_, crc_.value()}; }

 private:
  ByteSink& next_;
  std::uint64_t size_ = 0;
  Crc32c crc_;
};

// May be used by several threads at once.
class ReadyContents {
 public:
  void note(const std::filesystem::path& file, const FileContent& content);
  // Forgets it. A file that cannot be opened is no damage: it cannot be delivered either.
  [[nodiscard]] bool is_damaged(const std::filesystem::path& file);

 private:
  static constexpr std::size_t kMany = 256;  // more than ever lie ready

  void forget_those_gone();

  std::mutex mutex_;
  std::map<std::filesystem::path, FileContent> contents_;
};

}  // namespace walden
