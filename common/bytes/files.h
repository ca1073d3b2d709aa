// Plain file operations whose every failure names the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/bytes/bytes.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

[[nodiscard]] Result<FileDescriptor> open_for_reading(const std::filesystem::path& path);

// The whole file, refused (corrupt) when it is larger than `limit`.
[[nodiscard]] Result<Buffer> read_file(const std::filesystem::path& path, std::size_t limit);

// Reads up to buffer.size() bytes at the current offset; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_some(int fd, std::span<std::uint8_t> buffer,
                                            const std::filesystem::path& path);

[[nodiscard]] Result<> write_all(int fd, ByteView bytes, const std::filesystem::path& path);
[[nodiscard]] Result<> write_all_at(int fd, ByteView bytes, std::uint64_t offset,
                                    const std::filesystem::path& path);

[[nodiscard]] Result<> sync_file(int fd, const std::filesystem::path& path);
[[nodiscard]] Result<> sync_directory(const std::filesystem::path& directory);

// Creates `directory` and its missing parents below `root` (which must exist), and makes each new
// entry durable by fsync of the directory that holds it.
[[nodiscard]] Result<> create_directories_durably(const std::filesystem::path& root,
                                                  const std::filesystem::path& directory);

// Nobody will read it soon: its memory is of more use for something else. Only advice.
void drop_from_page_cache(const std::filesystem::path& path);

// Streams a file into `sink` in pieces of 1 MiB.
[[nodiscard]] Result<std::uint64_t> copy_file_to(const std::filesystem::path& path, ByteSink& sink);

}  // namespace walden
