// What comes over a worker's socket.
//
// input: a packet
#include "common/call/message.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walden;
  using testing::must;
  const std::string_view packet = text_of({data, size});
  const auto request = decode_request(packet);
  const auto answer = decode_answer(packet);
  must(!request || !answer, "a packet is a request or an answer");
  if (request && size <= kMaxPacket) must(encode(*request) == packet, "requests have one form");
  // Texts that are too long are cut.
  if (answer && size <= kMaxPacket / 2) must(encode(*answer) == packet, "answers have one form");
  return 0;
}
