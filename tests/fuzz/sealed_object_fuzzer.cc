// A sealed object as it comes from a store: header, frames, footer, tail; with a key and without.
//
// input: step | bytes stored
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/vector_keys.h"

namespace walden::testing {
namespace {

constexpr std::size_t kMostPlaintext = 4U << 20U;

struct Opened {
  Buffer plaintext;
  SealedSummary summary;
};

Result<Opened> open(const Opening& opening, ByteView stored, std::size_t step) {
  BufferSink plaintext(kMostPlaintext);
  SealedReader reader(opening, vector_identity(), plaintext);
  TRY(write_in_steps(reader, stored, step));
  SealedSummary summary = TRY(reader.finish());
  return Opened{plaintext.take(), std::move(summary)};
}

Result<Digest> check(ByteView stored, std::size_t step) {
  StoredObjectChecker checker(vector_identity());
  TRY(write_in_steps(checker, stored, step));
  return checker.finish();
}

// Frame by frame, as restore does it, the same must come out.
void open_frames(const Opening& opening, ByteView stored, const Opened* whole) {
  const auto opener = FrameOpener::create(opening, vector_identity(), stored);
  must(opener.has_value() || whole == nullptr, "an object that opens opens by its frames");
  if (!opener) return;
  ByteView rest = stored.subspan(opener->header_size());
  if (whole == nullptr) {
    (void)opener->open(0, rest);
    return;
  }
  Buffer plaintext;
  for (std::uint32_t i = 0; i < whole->summary.frame_sizes.size(); ++i) {
    const auto frame = opener->open(i, rest.first(whole->summary.frame_sizes[i]));
    must(frame.has_value(), "each frame of an object that opens opens by itself");
    plaintext.insert(plaintext.end(), frame->begin(), frame->end());
    rest = rest.subspan(whole->summary.frame_sizes[i]);
  }
  must(plaintext == whole->plaintext, "frames hold what the object holds");
}

void run(Input input) {
  const std::size_t step = input.byte();
  const ByteView stored = input.rest();
  const auto checked = check(stored, step);
  for (const Opening& opening : {vector_opening(), Opening{.threads = 1}}) {
    const auto opened = open(opening, stored, step);
    must(opened.has_value() == open(opening, stored, 0).has_value(), "the pieces do not matter");
    open_frames(opening, stored, opened ? &*opened : nullptr);
    if (!opened) continue;
    const SealedSummary& summary = opened->summary;
    must(summary.plaintext_digest == Sha256::of(opened->plaintext), "the digest is the content's");
    must(summary.plaintext_size == opened->plaintext.size(), "the size is the content's");
    must(summary.stored_size == stored.size(), "no byte is passed over");
    must(checked && *checked == summary.content_id, "what opens is undamaged without a key, too");
    const bool is_signed = summary.signer && *summary.signer == vector_signer();
    must(opening.trusted_signers.empty() || is_signed, "only the trusted signer's objects open");
    must(!is_signed || opened->plaintext == vector_plaintext(), "a signature is of one content");
  }
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}
