#include "basebackup/manifest_reader.h"

#include <variant>

#include "basebackup/manifest_json.h"
#include "basebackup/manifest_lines.h"
#include "common/bytes/sealed_reader.h"

namespace walden {
namespace {

template <class T>
Result<T> record_of(std::string_view text) {
  auto line = TRY(parse_json_line(text));
  if (auto* record = std::get_if<T>(&line)) return std::move(*record);
  return fail(ErrorKind::local_io, "a temporary file was changed while it was read");
}

}  // namespace

Result<ManifestFile> ManifestFile::open(Store& store, const ObjectNames& names,
                                        const std::string& backup_id, const Opening& opening) {
  const std::string object = names.manifest(backup_id);
  const auto read = [&]() -> Result<ManifestFile> {
    const auto lines = TRY(ManifestLines::create());
    SealedReader reader(opening, names.identity(object), *lines);
    TRY(store.read(object, {}, reader));
    TRY(reader.finish());
    auto manifest = TRY(lines->finish());
    TRY(check_summary(manifest.summary(), names, backup_id));
    return manifest;
  };
  auto manifest = read();
  if (manifest) return manifest;
  return std::unexpected(naming(object, manifest.error()));
}

Result<ManifestFile> ManifestFile::of(const Manifest& manifest) {
  const auto lines = TRY(ManifestLines::create());
  TRY(lines->add(to_json_line(manifest.summary)));
  for (const auto& pack : manifest.packs) TRY(lines->add(to_json_line(pack)));
  for (const auto& directory : manifest.directories) TRY(lines->add(to_json_line(directory)));
  for (const auto& file : manifest.files) TRY(lines->add(to_json_line(file)));
  TRY(lines->add(to_json_line(ManifestEnd{.packs = manifest.packs.size(),
                                          .directories = manifest.directories.size(),
                                          .files = manifest.files.size()})));
  return lines->finish();
}

Result<> ManifestFile::for_each_directory(
    const std::function<Result<>(const DirectoryRecord&)>& visit) const {
  LineSpool::Reader lines(directories_);
  while (const auto line = TRY(lines.next())) TRY(visit(TRY(record_of<DirectoryRecord>(*line))));
  return {};
}

Result<> ManifestFile::for_each_file(
    const std::function<Result<>(const FileRecord&)>& visit) const {
  Files files(*this);
  while (const auto file = TRY(files.next())) TRY(visit(*file));
  return {};
}

Result<std::optional<FileRecord>> ManifestFile::Files::next() {
  const auto line = TRY(lines_.next());
  if (!line) return std::nullopt;
  return TRY(record_of<FileRecord>(*line));
}

}  // namespace walden
