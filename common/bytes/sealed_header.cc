#include "common/bytes/sealed_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint8_t kZstd = 1;
constexpr std::uint8_t kX25519Stanza = 1;
constexpr std::size_t kMacSize = 32;
constexpr std::size_t kLongestText = 4096;

void append(Buffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_text(Buffer& out, std::string_view text) {
  append_le(out, static_cast<std::uint16_t>(text.size()));
  append(out, bytes_of(text));
}

Result<std::string> take_text(ByteReader& reader) {
  const std::uint16_t size = TRY(reader.integer<std::uint16_t>());
  return std::string(text_of(TRY(reader.take(size))));
}

template <std::size_t size>
Result<> take_array(ByteReader& reader, std::array<std::uint8_t, size>& into) {
  const ByteView bytes = TRY(reader.take(size));
  std::ranges::copy(bytes, into.begin());
  return {};
}

std::unexpected<Error> damaged_header(std::string_view why) {
  return fail(ErrorKind::corrupt, fmt::format("its header is damaged: {}", why));
}

// What comes out of a foreign file goes to a terminal: no control characters, and no more than a
// line of it.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, 120));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

Result<Suite> take_suite(ByteReader& reader) {
  const std::uint8_t suite = TRY(reader.integer<std::uint8_t>());
  if (suite > static_cast<std::uint8_t>(Suite::chacha20_poly1305)) {
    return damaged_header(fmt::format("no cipher suite has number {}", suite));
  }
  return static_cast<Suite>(suite);
}

Result<> take_stanzas(ByteReader& reader, SealedHeader& header) {
  const std::uint8_t count = TRY(reader.integer<std::uint8_t>());
  if (count > kMaxRecipients) return damaged_header(fmt::format("it has {} recipients", count));
  if ((count == 0) != (header.suite == Suite::checksummed)) {
    return damaged_header("its recipients do not fit its cipher suite");
  }
  for (header.stanzas.resize(count); auto& stanza : header.stanzas) {
    if (TRY(reader.integer<std::uint8_t>()) != kX25519Stanza) {
      return damaged_header("it has a recipient of an unknown kind");
    }
    TRY(take_array(reader, stanza.hint));
    TRY(take_array(reader, stanza.box));
  }
  return {};
}

Result<> take_fields(ByteReader& reader, SealedHeader& header) {
  header.suite = TRY(take_suite(reader));
  if (TRY(reader.integer<std::uint8_t>()) != kZstd) {
    return damaged_header("its compression is unknown");
  }
  header.frame_size = TRY(reader.integer<std::uint32_t>());
  if (header.frame_size < kMinFrameSize || header.frame_size > kMaxFrameSize) {
    return damaged_header(fmt::format("frames of {} bytes", header.frame_size));
  }
  TRY(take_array(reader, header.object_id));
  header.identity.system_identifier = TRY(reader.integer<std::uint64_t>());
  header.identity.cluster = TRY(take_text(reader));
  header.identity.name = TRY(take_text(reader));
  TRY(take_stanzas(reader, header));
  if (reader.rest().size() != kMacSize) return damaged_header("its size is wrong");
  return {};
}

}  // namespace

Result<> encode_header(SealedHeader& header) {
  const auto& identity = header.identity;
  Buffer& out = header.bytes;
  out.clear();
  append(out, kHeaderMagic);
  append_le(out, kFormatVersion);
  append_le(out, std::uint16_t{0});
  out.push_back(static_cast<std::uint8_t>(header.suite));
  out.push_back(kZstd);
  append_le(out, header.frame_size);
  append(out, header.object_id);
  // The bound keeps each length within its 16 bits; the sum is looked at below.
  if (std::max(identity.cluster.size(), identity.name.size()) < kLongestText) {
    append_le(out, identity.system_identifier);
    append_text(out, identity.cluster);
    append_text(out, identity.name);
    out.push_back(static_cast<std::uint8_t>(header.stanzas.size()));
    for (const auto& stanza : header.stanzas) {
      out.push_back(kX25519Stanza);
      append(out, stanza.hint);
      append(out, stanza.box);
    }
    const auto size = static_cast<std::uint16_t>(out.size() + kMacSize);
    std::memcpy(out.data() + kHeaderStartSize - sizeof size, &size, sizeof size);
    if (out.size() + kMacSize <= kMaxHeaderSize) return {};
  }
  return fail(ErrorKind::configuration,
              fmt::format("cannot name an object {}: the name is too long for its header",
                          printable(identity.name)));
}

Result<std::size_t> header_size_of(ByteView start) {
  if (!std::ranges::equal(start.first(kHeaderMagic.size()), kHeaderMagic)) {
    return fail(ErrorKind::corrupt, "it is not a sealed object: it does not begin as one");
  }
  const auto version = load_le<std::uint16_t>(start, 8);
  if (version > kFormatVersion) {
    return fail(ErrorKind::configuration,
                fmt::format("it has format version {}, newer than {}, which this program knows",
                            version, kFormatVersion),
                "Upgrade Walden on this host");
  }
  if (version == 0) return damaged_header("format version 0");
  const auto size = load_le<std::uint16_t>(start, 10);
  if (size < kHeaderStartSize + kMacSize || size > kMaxHeaderSize) {
    return damaged_header(fmt::format("a size of {} bytes", size));
  }
  return size;
}

Result<SealedHeader> parse_header(ByteView whole) {
  SealedHeader header;
  header.bytes.assign(whole.begin(), whole.end());
  ByteReader reader(whole.subspan(kHeaderStartSize));
  if (auto taken = take_fields(reader, header); !taken) {
    if (taken.error().cause.starts_with("its header")) return std::unexpected(taken.error());
    return damaged_header(taken.error().cause);
  }
  return header;
}

Result<> check_identity(const ObjectIdentity& found, const ObjectIdentity& expected) {
  std::vector<std::string> differences;
  if (found.cluster != expected.cluster) {
    differences.push_back(
        fmt::format("is cluster {}'s, not {}'s", printable(found.cluster), expected.cluster));
  }
  if (found.system_identifier != expected.system_identifier) {
    differences.push_back(fmt::format("is of system {}, not {}", found.system_identifier,
                                      expected.system_identifier));
  }
  if (found.name != expected.name) {
    differences.push_back(fmt::format("is named {}, not {}", printable(found.name), expected.name));
  }
  if (differences.empty()) return {};
  return fail(ErrorKind::corrupt, fmt::format("what lies there {}", fmt::join(differences, ", ")),
              "Look who put it there: objects may not be renamed, copied or moved");
}

}  // namespace walden
