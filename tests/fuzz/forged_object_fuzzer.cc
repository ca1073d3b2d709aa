// A sealed object from someone who has the recipient's public key: every tag, MAC and digest is
// right, so that frames, compression and footer are reached with bytes of the attacker's choice.
//
// input: suite | how | frames: kind, field ... | edits of the footer: offset, xor ...
#include "tests/bytes/forger.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/vector_keys.h"

namespace walden::testing {
namespace {

constexpr std::size_t kMostPlaintext = 4U << 20U;
constexpr unsigned kMostFrames = 4;

// Bits of `how`.
constexpr unsigned kUnsigned = 1;
constexpr unsigned kWrongSize = 2;
constexpr unsigned kWrongContentId = 4;
constexpr unsigned kFooterElsewhere = 8;

Buffer forge(Input& input, Suite suite, unsigned how) {
  Sealing sealing = vector_sealing(suite);
  if ((how & kUnsigned) != 0) sealing.signing_key = nullptr;
  Forger forger(sealing, vector_identity());
  for (unsigned frames = input.byte() % (kMostFrames + 1); frames > 0; --frames) {
    const bool honest = input.byte() % 2 == 0;
    const ByteView content = input.field();
    // No frame of nothing can be written honestly.
    if (honest && !content.empty()) forger.add_frame(content);
    if (!honest) forger.add_compressed(content);
  }
  forger.describe();
  if ((how & kWrongSize) != 0) forger.footer.plaintext_size = input.number<std::uint64_t>();
  if ((how & kWrongContentId) != 0) forger.tail.content_id[0] ^= 1;
  if ((how & kFooterElsewhere) != 0) forger.footer_frames = input.byte();
  return forger.finish([&](Buffer& footer) {
    for (unsigned edits = input.byte() % 8; edits > 0; --edits) {
      const std::size_t offset = input.byte();
      const std::uint8_t change = input.byte();
      if (offset < footer.size()) footer[offset] ^= change;
    }
  });
}

void run(Input input) {
  make_randomness_repeat();
  const auto suite = static_cast<Suite>(input.byte() % 3);
  const unsigned how = input.byte();
  const Buffer stored = forge(input, suite, how);
  Opening opening = vector_opening();
  if ((how & kUnsigned) != 0) opening.trusted_signers.clear();
  BufferSink plaintext(kMostPlaintext);
  SealedReader reader(opening, vector_identity(), plaintext);
  if (!write_in_steps(reader, stored, 0)) return;
  const auto summary = reader.finish();
  if (!summary) return;
  must(summary->plaintext_digest == Sha256::of(plaintext.buffer()), "the digest is the content's");
  must(summary->plaintext_size == plaintext.buffer().size(), "the size is the content's");
  must((how & kWrongContentId) == 0, "a wrong content id is found");
  std::uint64_t stored_size = summary->header_size;
  for (const std::uint32_t size : summary->frame_sizes) stored_size += size;
  must(stored_size < stored.size(), "frames lie within the object");
  StoredObjectChecker checker(vector_identity());
  must(checker.write(stored).has_value(), "what opens is undamaged without a key, too");
  const auto checked = checker.finish();
  must(checked && *checked == summary->content_id, "both readers say the same content id");
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
