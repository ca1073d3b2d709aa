// One header block of a tar stream, as PostgreSQL writes it (port/tar.c, tarCreateHeader).
#pragma once

#include <cstddef>

#include "common/postgres/tar_reader.h"

namespace walden {

inline constexpr std::size_t kTarBlock = 512;

// `block` has kTarBlock bytes, not all zero. Refused as corrupt: everything that tar_reader.h says.
[[nodiscard]] Result<TarMember> parse_tar_header(ByteView block);

}  // namespace walden
