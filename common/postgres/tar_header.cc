#include "common/postgres/tar_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "common/postgres/relative_path.h"

namespace walden {
namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kSize{124, 12};
constexpr Field kModified{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kTypeFlag = 156;
constexpr Field kLinkTarget{157, 100};
constexpr Field kMagic{257, 6};
constexpr Field kPrefix{345, 155};
constexpr std::uint8_t kBase256 = 0x80;
// Rounding up to whole blocks must not overflow.
constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::int64_t>::max() - kTarBlock;

ByteView of(ByteView block, Field field) {
  return block.subspan(field.offset, field.size);
}

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::corrupt, fmt::format("cannot read the server's tar archive: {}", why));
}

// A name must end within its field, and nothing may hide behind its end.
Result<std::string> text_in(ByteView field) {
  const auto end = std::ranges::find(field, 0);
  if (end == field.end()) return refuse("a name does not end");
  if (std::any_of(end, field.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return refuse("a name has a NUL byte in it");
  }
  return std::string(field.begin(), end);
}

Result<std::uint64_t> base_256(ByteView digits) {
  std::uint64_t value = 0;
  for (const std::uint8_t digit : digits) {
    if (value > kMaxNumber >> 8U) return refuse("a number is too large");
    value = value << 8U | digit;
  }
  return value;
}

Result<std::uint64_t> octal(ByteView field) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < field.size() && field[digits] >= '0' && field[digits] <= '7'; ++digits) {
    value = value << 3U | static_cast<std::uint64_t>(field[digits] - '0');
  }
  const ByteView rest = field.subspan(digits);
  const bool ends = std::ranges::all_of(rest, [](auto byte) { return byte == ' ' || byte == 0; });
  if (digits == 0 || !ends) return refuse("a number has no octal digits");
  return value;
}

// Twelve octal digits end at 64 GB at most, base-256 where they do not suffice.
Result<std::uint64_t> number_in(ByteView field) {
  const std::uint64_t value =
      TRY(field.front() == kBase256 ? base_256(field.subspan(1)) : octal(field));
  if (value > kMaxNumber) return refuse("a number is too large");
  return value;
}

Result<> check_sum(ByteView block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    sum += own ? std::uint8_t{' '} : block[i];
  }
  if (sum != TRY(octal(of(block, kChecksum)))) return refuse("a header does not match its sum");
  return {};
}

Result<TarMember::Kind> kind_in(std::uint8_t flag) {
  switch (flag) {
    case '0':
    case 0:
      return TarMember::Kind::file;
    case '2':
      return TarMember::Kind::symlink;
    case '5':
      return TarMember::Kind::directory;
    default:
      return refuse(fmt::format("a member of the unknown type 0x{:02X}", flag));
  }
}

// The server mixes "pg_wal/" and "./pg_wal/archive_status/".
Result<std::string> path_in(ByteView field) {
  const std::string name = TRY(text_in(field));
  std::string_view path = name;
  if (path.starts_with("./")) path.remove_prefix(2);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!stays_below(path)) return refuse(fmt::format("the path \"{}\" leads elsewhere", name));
  return std::string(path);
}

}  // namespace

Result<TarMember> parse_tar_header(ByteView block) {
  TRY(check_sum(block));
  if (text_of(of(block, kMagic)) != std::string_view("ustar\0", kMagic.size)) {
    return refuse("a header is not of the ustar format");
  }
  if (!TRY(text_in(of(block, kPrefix))).empty()) return refuse("a path in two parts");
  TarMember member;
  member.kind = TRY(kind_in(block[kTypeFlag]));
  member.path = TRY(path_in(of(block, kName)));
  member.target = TRY(text_in(of(block, kLinkTarget)));
  member.mode = static_cast<std::uint32_t>(TRY(number_in(of(block, kMode))) & 07777U);
  member.size = TRY(number_in(of(block, kSize)));
  member.modified = static_cast<std::int64_t>(TRY(number_in(of(block, kModified))));
  if (member.kind != TarMember::Kind::file && member.size != 0) {
    return refuse(fmt::format("{} is no file and has content", member.path));
  }
  return member;
}

}  // namespace walden
