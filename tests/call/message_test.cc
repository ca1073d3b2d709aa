#include "common/call/message.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

const CallRequest kAsked{.identity = std::string("wal-push\0/srv/a\0", 16),
                         .path = "pg_wal/000000010000000000000001",
                         .name = "000000010000000000000001"};
const CallAnswer kAnswered{.kind = CallAnswer::Kind::done,
                           .exit_code = 255,
                           .text = "wal-fetch: no\n",
                           .file = "/srv/a/area/1"};

TEST(CallMessage, BringsARequestAcross) {
  const auto read = decode_request(encode(kAsked).value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->identity, kAsked.identity);
  EXPECT_EQ(read->path, kAsked.path);
  EXPECT_EQ(read->name, kAsked.name);
  EXPECT_TRUE(decode_request(encode(CallRequest{}).value()));
}

TEST(CallMessage, BringsEveryKindOfAnswerAcross) {
  using Kind = CallAnswer::Kind;
  for (const Kind kind : {Kind::working, Kind::say, Kind::done, Kind::leave}) {
    CallAnswer answer = kAnswered;
    answer.kind = kind;
    const auto read = decode_answer(encode(answer));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->exit_code, 255);
    EXPECT_EQ(read->text, answer.text);
    EXPECT_EQ(read->file, answer.file);
  }
}

// A socket that cut a packet off must not make a success out of a failure.
TEST(CallMessage, RefusesWhatIsCutOffAnywhere) {
  const std::string request = encode(kAsked).value();
  for (std::size_t size = 0; size < request.size(); ++size) {
    EXPECT_FALSE(decode_request(request.substr(0, size))) << size;
  }
  const std::string answer = encode(kAnswered);
  for (std::size_t size = 0; size < answer.size(); ++size) {
    EXPECT_FALSE(decode_answer(answer.substr(0, size))) << size;
  }
}

TEST(CallMessage, RefusesWhatStandsBehindTheEnd) {
  EXPECT_FALSE(decode_request(encode(kAsked).value() + 'x'));
  EXPECT_FALSE(decode_answer(encode(kAnswered) + 'x'));
}

TEST(CallMessage, RefusesAnotherMagic) {
  std::string request = encode(kAsked).value();
  request[0] = static_cast<char>(request[0] ^ 1);
  EXPECT_FALSE(decode_request(request));
  std::string answer = encode(kAnswered);
  answer[3] = static_cast<char>(answer[3] ^ 1);
  EXPECT_FALSE(decode_answer(answer));
}

TEST(CallMessage, TellsRequestsAndAnswersApart) {
  EXPECT_FALSE(decode_answer(encode(kAsked).value()));
  EXPECT_FALSE(decode_request(encode(kAnswered)));
}

TEST(CallMessage, RefusesAKindThatThereIsNot) {
  constexpr std::size_t kPlaceOfKind = 4;
  std::string answer = encode(kAnswered);
  for (const char kind : {'\0', '\5', '\177', '\377'}) {
    answer[kPlaceOfKind] = kind;
    EXPECT_FALSE(decode_answer(answer)) << static_cast<int>(kind);
  }
}

TEST(CallMessage, RefusesALengthThatIsBeyondThePacket) {
  std::string request = encode(kAsked).value();
  for (std::size_t i = 5; i < 9; ++i) request[i] = '\377';
  EXPECT_FALSE(decode_request(request));
}

TEST(CallMessage, HoldsARequestUpToItsLimit) {
  const std::size_t others = encode(CallRequest{}).value().size();
  CallRequest request{.identity = std::string(kMaxPacket - others, 'x')};
  const auto largest = encode(request);
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->size(), kMaxPacket);
  EXPECT_EQ(decode_request(*largest).value().identity, request.identity);
  request.name = "y";
  EXPECT_FALSE(encode(request));
}

TEST(CallMessage, CutsAnAnswersTextRatherThanLoseTheAnswer) {
  const std::string text(2 * kMaxPacket, 'x');
  const std::string packet =
      encode(CallAnswer{.kind = CallAnswer::Kind::done, .exit_code = 1, .text = text});
  EXPECT_LE(packet.size(), kMaxPacket);
  const auto read = decode_answer(packet);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->exit_code, 1);
  EXPECT_EQ(read->text, text.substr(0, read->text.size()));
  EXPECT_FALSE(read->text.empty());
}

}  // namespace
}  // namespace walden
