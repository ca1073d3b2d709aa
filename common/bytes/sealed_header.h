// The header of a sealed object: what it is, of which cluster, for whom (docs/format.md, "Header").
#pragma once

#include "common/bytes/sealed_object.h"

namespace walden {

inline constexpr std::array<std::uint8_t, 8> kHeaderMagic{0x89, 'W',  'L',  'D',
                                                          '\r', '\n', 0x1a, '\n'};
inline constexpr std::size_t kHeaderStartSize = 12;  // magic, version, header size
inline constexpr std::uint32_t kMinFrameSize = 4U << 10U;
inline constexpr std::uint32_t kMaxFrameSize = 16U << 20U;
inline constexpr std::uint32_t kMaxFrames = 1U << 24U;

using RecipientHint = std::array<std::uint8_t, 8>;

// The data key, sealed to one recipient.
struct RecipientStanza {
  RecipientHint hint{};
  std::array<std::uint8_t, 80> box{};
};

struct SealedHeader {
  Suite suite = Suite::checksummed;
  std::uint32_t frame_size = kFrameSize;
  std::array<std::uint8_t, 16> object_id{};
  ObjectIdentity identity;
  std::vector<RecipientStanza> stanzas;
  Buffer bytes;  // the whole of it, its MAC included

  [[nodiscard]] ByteView before_mac() const { return ByteView(bytes).first(bytes.size() - 32); }
  [[nodiscard]] ByteView mac() const { return ByteView(bytes).last(32); }
};

// Everything but the MAC, into header.bytes. A header above kMaxHeaderSize is
// ErrorKind::configuration: the cluster's name and the object's are too long.
[[nodiscard]] Result<> encode_header(SealedHeader& header);

// The size of the header that begins with these kHeaderStartSize bytes. A newer version is
// ErrorKind::configuration.
[[nodiscard]] Result<std::size_t> header_size_of(ByteView start);

// Structure and limits only: nothing is true of it before open_object() has checked its MAC.
[[nodiscard]] Result<SealedHeader> parse_header(ByteView whole);

// Which fields differ, in words.
[[nodiscard]] Result<> check_identity(const ObjectIdentity& found, const ObjectIdentity& expected);

}  // namespace walden
