#include "tests/basebackup/pushed_backups.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "basebackup/earlier_backup.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/sealed_reader.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/postgres/tar_stream.h"

namespace walden::testing {
namespace {

std::string block_of(const std::string& content, std::size_t number) {
  return content.substr(number * kBlock, kBlock);
}

// As the server makes it from two generations of a file of whole blocks.
std::string incremental_member(const std::string& before, const std::string& now) {
  Buffer header;
  std::vector<std::uint32_t> changed;
  for (std::uint32_t i = 0; i < now.size() / kBlock; ++i) {
    // Nothing in the WAL tells of a block that was only added: it reads as zeros.
    const bool added = i >= before.size() / kBlock;
    const std::string was = added ? std::string(kBlock, '\0') : block_of(before, i);
    if (was != block_of(now, i)) changed.push_back(i);
  }
  append_le(header, std::uint32_t{0xd3ae1f0d});
  append_le(header, static_cast<std::uint32_t>(changed.size()));
  append_le(header, static_cast<std::uint32_t>(now.size() / kBlock));
  for (const std::uint32_t block : changed) append_le(header, block);
  if (!changed.empty()) header.resize((header.size() + kBlock - 1) / kBlock * kBlock);
  std::string member(text_of(header));
  for (const std::uint32_t block : changed) member += block_of(now, block);
  return member;
}

std::string listed_line(const std::string& path, const std::string& sent) {
  Buffer crc;
  append_le(crc, Crc32c::of(bytes_of(sent)));
  return fmt::format(R"({{ "Path": "{}", "Size": {}, "Last-Modified": "2026-11-21 02:00:00 GMT", )"
                     R"("Checksum-Algorithm": "CRC32C", "Checksum": "{}" }})",
                     path, sent.size(), to_hex(crc));
}

std::string server_manifest(const std::string& lines) {
  const std::string body = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n" + lines +
                           "\n],\n\"WAL-Ranges\": [\n{ \"Timeline\": 1, \"Start-LSN\": "
                           "\"0/2000028\", \"End-LSN\": \"0/2000100\" }\n],\n";
  return body + "\"Manifest-Checksum\": \"" + to_hex(Sha256::of(bytes_of(body))) + "\"}\n";
}

}  // namespace

std::string noise(std::size_t size, std::uint64_t seed) {
  std::string text(size, '\0');
  auto state = static_cast<std::uint32_t>(seed);
  for (auto& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

Result<> PushedBackups::send(BackupRecorder& recorder, const Files& files, const Files& listed) {
  const BackupTablespace main{};
  TRY(recorder.started({.lsn = {}, .timeline = 1, .tablespaces = {main}, .estimated_size = 0}));
  TRY(recorder.begin_archive(main));
  std::string lines;
  for (const auto& [path, now] : files) {
    TarEntry entry{.path = path, .content = now};
    if (const auto before = listed.find(path); before != listed.end()) {
      entry.path.insert(path.rfind('/') + 1, kIncrementalPrefix);
      entry.content = incremental_member(before->second, now);
    }
    TRY(recorder.archive_data(bytes_of(tar_member(entry))));
    lines += (lines.empty() ? "" : ",\n") + listed_line(entry.path, entry.content);
  }
  TRY(recorder.archive_data(bytes_of(kTarEnd)));
  TRY(recorder.end_archive());
  return recorder.manifest_data(bytes_of(server_manifest(lines)));
}

Result<Manifest> PushedBackups::try_push(const Files& files, const PushedAs& how) {
  const Sealing sealing{.threads = 1};
  BackupSummary summary = sample_summary();
  summary.id = fmt::format("20261121T0317{:02}Z-tl1-02", count_++);
  std::unique_ptr<BackupMemory> remembered;
  EarlierPacks packs;
  Files listed;
  if (std::filesystem::exists(memory()) && !how.full) {
    remembered = TRY(BackupMemory::open(memory()));
    packs = EarlierPacks(remembered->packs(), remembered->in_use());
    TRY(packs.look(store_, names_));
    EntryReader entries = remembered->files();
    while (const auto entry = TRY(entries.next())) {
      const FileRecord& file = entry->file;
      if (how.incremental && file.path.starts_with("base/") && files.contains(file.path) &&
          !is_scattered(file, kBlock) && packs.all_of(file.runs)) {
        listed[file.path] = last_.at(file.path);
      }
    }
  }
  const Earlier earlier{remembered.get(), remembered ? &packs : nullptr};
  BackupRecorder recorder(
      [&](const BackupStart&) -> Result<std::unique_ptr<PackWriter>> {
        return std::make_unique<PackWriter>(store_, names_, summary.id, sealing, how.pack_size,
                                            packs.last_number() + 1);
      },
      [](std::uint64_t) {}, [] {}, earlier,
      how.incremental ? std::optional(kBlocks) : std::nullopt);
  TRY(send(recorder, files, listed));
  auto recorded = TRY(recorder.finish());
  TRY(check_against_server(recorded, recorded.system_identifier));
  summary.database_size = recorded.database_size;
  summary.references = recorded.references;
  summary.file_count = recorded.file_count;
  summary.pack_count = static_cast<std::uint32_t>(recorded.packs.size());
  for (const auto& pack : recorded.packs) summary.stored_size += pack.stored_size;
  TRY(write_recorded_manifest(store_, names_, summary, recorded, sealing));
  if (how.remembered) {
    TRY(write_backup_memory(memory(), summary, {.sealing = sealing_word(sealing)},
                            recorded.all_packs(), *recorded.files));
    last_ = files;
  }
  return read_manifest(store_, names_, summary.id, {});
}

Manifest PushedBackups::push(const Files& files, const PushedAs& how) {
  auto manifest = try_push(files, how);
  if (!manifest) throw std::runtime_error(manifest.error().cause);
  return std::move(*manifest);
}

std::vector<std::string>& PushedBackups::frames_of(const PackRecord& pack) {
  auto [known, is_new] = frames_.try_emplace(pack.object);
  if (!is_new) return known->second;
  const Buffer object = read_object(store_, pack.object, std::size_t{1} << 30U).value();
  const auto opener = FrameOpener::create({}, names_.identity(pack.object), object).value();
  std::size_t at = pack.header_size;
  for (const auto size : pack.frame_sizes) {
    const auto frame = static_cast<std::uint32_t>(known->second.size());
    known->second.emplace_back(
        text_of(opener.open(frame, ByteView(object).subspan(at, size)).value()));
    at += size;
  }
  return known->second;
}

std::string PushedBackups::content_of(const Manifest& manifest, const std::string& path) {
  const auto file = std::ranges::find(manifest.files, path, &FileRecord::path);
  if (file == manifest.files.end()) throw std::runtime_error("no file " + path);
  std::string content;
  for (const auto& run : file->runs) {
    if (run.pack == kZeros) {
      content.append(run.length, '\0');
      continue;
    }
    const auto pack = std::ranges::find(manifest.packs, run.pack, &PackRecord::number);
    const auto& frames = frames_of(*pack);
    std::string part;
    for (std::size_t frame = run.frame; part.size() < run.offset + run.length; ++frame) {
      part += frames.at(frame);
    }
    content += part.substr(run.offset, run.length);
  }
  return content;
}

Files PushedBackups::contents_of(const Manifest& manifest) {
  Files contents;
  for (const auto& file : manifest.files) {
    if (file.path != "backup_manifest") contents[file.path] = content_of(manifest, file.path);
  }
  return contents;
}

}  // namespace walden::testing
