#include "wal-push-worker/failure_note.h"

#include <fmt/format.h>

#include <system_error>

#include "common/bytes/files.h"
#include "common/bytes/new_file.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::size_t kLargest = 200;
constexpr std::string_view kOver = "over";

// "2026-11-21T14:30:00.123456Z\n", or "over\n"; and in a second line when that was written.
std::optional<Instant> time_in(std::string_view line) {
  const auto parsed = parse_time(line);
  return parsed ? std::optional(parsed->time) : std::nullopt;
}

}  // namespace

std::optional<FailureNote> read_failure_note(const std::filesystem::path& path, Instant now) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  const FailureNote unreadable{now, now};
  const auto content = read_file(path, kLargest);
  if (!content) return unreadable;
  const std::string_view text = text_of(*content);
  const auto first_end = text.find('\n');
  if (first_end == std::string_view::npos) return unreadable;
  const std::string_view first = text.substr(0, first_end);
  const std::string_view rest = text.substr(first_end + 1);
  const auto written = time_in(rest.substr(0, rest.find('\n')));
  const auto since = time_in(first);
  if (!written || (!since && first != kOver)) return unreadable;
  return FailureNote{since, *written};
}

Result<> write_failure_note(const std::filesystem::path& path, const FailureNote& note) {
  const std::string text = fmt::format(
      "{}\n{}\n", note.since ? iso_time(*note.since) : std::string(kOver), iso_time(note.written));
  NewFile file = TRY(NewFile::create(path));
  TRY(file.write(bytes_of(text)));
  return file.rename_into_place(true);
}

}  // namespace walden
