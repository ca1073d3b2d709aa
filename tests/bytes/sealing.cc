#include "tests/bytes/sealing.h"

#include <algorithm>
#include <random>
#include <stdexcept>

namespace walden::testing {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().cause);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Result<> write_in_steps(ByteSink& sink, ByteView bytes, std::size_t step) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(step, bytes.size()));
    TRY(sink.write(piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

}  // namespace

ObjectIdentity sample_identity() {
  return {"orders", 7438201938475610283U, "7438201938475610283/wal/00000001/000000A2/0000007C"};
}

Buffer sample_plaintext(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i / 512) % 2 == 0 ? random() >> 8U : i / 512 + seed);
  }
  return bytes;
}

Sealing Keys::sealing(Suite suite, unsigned threads) const {
  Sealing sealing{.recipients = {},
                  .suite = suite,
                  .signing_key = signing,
                  .compression_level = 1,
                  .threads = threads};
  if (suite != Suite::checksummed) sealing.recipients.push_back(secret->recipient());
  return sealing;
}

Opening Keys::opening(unsigned threads) const {
  return {.secret_key = secret, .trusted_signers = {signing->signer()}, .threads = threads};
}

Sealed seal(const Sealing& sealing, ByteView plaintext, std::size_t step,
            const ObjectIdentity& identity) {
  BufferSink stored(kNoLimit);
  const auto writer = must(SealedWriter::create(sealing, identity, stored));
  must(write_in_steps(*writer, plaintext, step));
  SealedSummary summary = must(writer->finish());
  return {stored.take(), std::move(summary)};
}

Sealed seal_frames(const Sealing& sealing, const std::vector<Buffer>& parts,
                   const ObjectIdentity& identity) {
  BufferSink stored(kNoLimit);
  const auto writer = must(SealedWriter::create(sealing, identity, stored));
  for (const auto& part : parts) {
    must(writer->write(part));
    must(writer->end_frame());
  }
  SealedSummary summary = must(writer->finish());
  return {stored.take(), std::move(summary)};
}

Result<Buffer> open(const Opening& opening, ByteView stored, std::size_t step,
                    const ObjectIdentity& identity) {
  BufferSink plaintext(kNoLimit);
  SealedReader reader(opening, identity, plaintext);
  TRY(write_in_steps(reader, stored, step));
  TRY(reader.finish());
  return plaintext.take();
}

Result<Digest> check(ByteView stored, std::size_t step, const ObjectIdentity& identity) {
  StoredObjectChecker checker(identity);
  TRY(write_in_steps(checker, stored, step));
  return checker.finish();
}

Result<> FailingSink::write(ByteView bytes) {
  if (bytes.size() > room_) return fail(ErrorKind::local_io, "no space left");
  room_ -= bytes.size();
  return {};
}

std::string suite_name(Suite suite) {
  switch (suite) {
    case Suite::checksummed:
      return "Checksummed";
    case Suite::aes_256_gcm:
      return "Aes256Gcm";
    case Suite::chacha20_poly1305:
      return "ChaCha20Poly1305";
  }
  return "Unknown";
}

}  // namespace walden::testing
