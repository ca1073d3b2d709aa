#include "basebackup/small_object.h"

#include "basebackup/manifest.h"
#include "common/bytes/sealed_reader.h"
#include "common/bytes/sealed_writer.h"

namespace walden {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20U;

template <class T>
Result<T> about(const std::string& object, Result<T> result) {
  if (result) return result;
  return std::unexpected(naming(object, result.error()));
}

}  // namespace

Result<> write_small_object(Store& store, const ObjectNames& names, const std::string& object,
                            std::string_view content, const Sealing& sealing) {
  const Sealing open_to_all{.recipients = {},
                            .suite = Suite::checksummed,
                            .signing_key = sealing.signing_key,
                            .compression_level = sealing.compression_level,
                            .threads = 1};
  auto upload = TRY(store.create(object));
  auto sealed = TRY(SealedWriter::create(open_to_all, names.identity(object), *upload));
  TRY(sealed->write(bytes_of(content)));
  TRY(sealed->finish());
  return upload->commit();
}

Result<std::string> read_small_object(Store& store, const ObjectNames& names,
                                      const std::string& object, const Opening& opening) {
  BufferSink plaintext(kLargest);
  SealedReader reader(opening, names.identity(object), plaintext);
  TRY(about(object, store.read(object, {}, reader)));
  TRY(about(object, reader.finish()));
  return std::string(text_of(plaintext.buffer()));
}

}  // namespace walden
