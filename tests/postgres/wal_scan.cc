#include "tests/postgres/wal_scan.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

void note(Scan& scan, const WalEvent& event) {
  if (const auto* transaction = std::get_if<TransactionEnd>(&event)) {
    scan.transactions.push_back(*transaction);
  } else {
    scan.restore_points.push_back(std::get<RestorePoint>(event));
  }
}

void must(const Result<>& result) {
  if (!result) throw std::runtime_error(result.error().cause);
}

void feed(WalRecordScanner& scanner, ByteView bytes, std::size_t piece) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
    must(scanner.write(bytes.first(std::min(piece, bytes.size()))));
  }
}

}  // namespace

std::vector<std::filesystem::path> segments_in(const std::filesystem::path& pg_wal) {
  std::vector<std::filesystem::path> segments;
  for (const auto& entry : std::filesystem::directory_iterator(pg_wal)) {
    const auto name = WalName::parse(entry.path().filename().string());
    if (name && name->kind == WalFileKind::segment && name->timeline == 1) {
      segments.push_back(entry.path());
    }
  }
  std::ranges::sort(segments);
  return segments;
}

Scan scan(const std::vector<std::filesystem::path>& segments, std::size_t piece) {
  const auto size = static_cast<std::uint32_t>(std::filesystem::file_size(segments.front()));
  const auto first = segment_number(*WalName::parse(segments.front().filename().string()), size);
  Scan result;
  WalRecordScanner scanner(start_of(*first, size), size, [&](const WalEvent& event) -> Result<> {
    note(result, event);
    return {};
  });
  for (const auto& segment : segments) feed(scanner, bytes_of(read_text(segment)), piece);
  result.ended = scanner.ended();
  result.valid_until = scanner.valid_until();
  return result;
}

}  // namespace walden::testing
