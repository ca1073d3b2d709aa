#include "tests/hostile-proxy/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/hostile-proxy/http_message.h"
#include "tests/hostile-proxy/s3_answer.h"

namespace walden::testing {
namespace {

RequestTarget target_of(const MessageHead& head) {
  RequestTarget target;
  const std::string& line = head.start_line;
  const auto space = line.find(' ');
  target.method = line.substr(0, space);
  if (space == std::string::npos) return target;
  std::string path = line.substr(space + 1, line.rfind(' ') - space - 1);
  const auto question = path.find('?');
  target.path = path.substr(0, question);
  std::string_view query;
  if (question != std::string::npos) query = std::string_view(path).substr(question + 1);
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    target.query_names.emplace_back(parameter.substr(0, parameter.find('=')));
  }
  return target;
}

// Where and how a body ends before its time.
struct Cut {
  enum class How { none, reset, stall, close };
  How how = How::none;
  std::uint64_t after = 0;
};

Cut request_cut(const Fault& fault) {
  if (fault.kind == FaultKind::reset_request) return {Cut::How::reset, fault.bytes};
  if (fault.kind == FaultKind::stall_request) return {Cut::How::stall, fault.bytes};
  return {};
}

Cut response_cut(const Fault& fault) {
  if (fault.kind == FaultKind::reset_response) return {Cut::How::reset, fault.bytes};
  if (fault.kind == FaultKind::stall_response) return {Cut::How::stall, fault.bytes};
  if (fault.kind == FaultKind::truncate) return {Cut::How::close, fault.bytes};
  return {};
}

void write_slowly(SocketStream& to, std::string_view bytes, std::uint64_t per_second) {
  constexpr int kTurns = 20;  // a second
  const std::size_t turn = std::max<std::size_t>(per_second / kTurns, 1);
  while (!bytes.empty()) {
    if (!to.write(bytes.substr(0, turn))) return;
    bytes.remove_prefix(std::min(bytes.size(), turn));
    std::this_thread::sleep_for(std::chrono::milliseconds(1000 / kTurns));
  }
}

// One request and its answer.
class Exchange {
 public:
  Exchange(SocketStream& client, MessageHead head, RequestLog& log)
      : client_(client), head_(std::move(head)), target_(target_of(head_)), log_(log) {}

  // False when the connection is of no further use.
  [[nodiscard]] bool run(FaultScript& script, std::uint16_t upstream_port);

 private:
  [[nodiscard]] bool forward(std::uint16_t upstream_port);
  [[nodiscard]] bool send_request(SocketStream& upstream);
  [[nodiscard]] bool pass_answer(SocketStream& upstream);
  [[nodiscard]] bool pass_answer_body(SocketStream& upstream, BodyLength length);
  [[nodiscard]] bool make_answer();
  [[nodiscard]] bool drain_request();
  bool leave(Cut::How how);
  void note(int status) { log_.add(target_, status, fault_.word); }

  SocketStream& client_;
  MessageHead head_;
  RequestTarget target_;
  RequestLog& log_;
  Fault fault_{.word = "-"};
  bool faulty_ = false;
};

bool Exchange::run(FaultScript& script, std::uint16_t upstream_port) {
  if (auto fault = script.next(target_)) {
    fault_ = std::move(*fault);
    faulty_ = true;
  }
  if (!faulty_) return forward(upstream_port);
  switch (fault_.kind) {
    case FaultKind::stall:
      return drain_request() && (note(0), leave(Cut::How::stall));
    case FaultKind::hang_up:
      return drain_request() && (note(0), leave(Cut::How::close));
    case FaultKind::status:
    case FaultKind::ok_with_error:
    case FaultKind::html:
      return make_answer();
    default:
      std::this_thread::sleep_for(fault_.delay);
      return forward(upstream_port);
  }
}

bool Exchange::leave(Cut::How how) {
  if (how == Cut::How::stall) client_.wait_until_peer_leaves();
  if (how == Cut::How::reset) {
    client_.reset();
  } else {
    client_.close();
  }
  return false;
}

// The server is spared the Expect header: it is not signed, and this side answers it.
bool Exchange::drain_request() {
  if (head_.header("expect") && !client_.write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  const auto pass = [](std::string_view) { return true; };
  if (pass_body(client_, request_body(head_), pass) == BodyEnd::whole) return true;
  note(0);
  return false;
}

bool Exchange::make_answer() {
  if (!fault_.early && !drain_request()) return false;
  const std::string answer = s3_answer(fault_, target_);
  note(fault_.kind == FaultKind::ok_with_error ? 200 : fault_.code);
  if (!client_.write(answer)) return false;
  // HEAD's chunked answer ends with its head.
  return !fault_.early && !head_.says_close();
}

bool Exchange::forward(std::uint16_t upstream_port) {
  // A new connection each time: the server's own idle timeout is no fault that a script asked for.
  SocketStream upstream = SocketStream::connect(upstream_port);
  if (!upstream.open()) {
    note(0);
    return leave(Cut::How::reset);
  }
  return send_request(upstream) && pass_answer(upstream);
}

bool Exchange::send_request(SocketStream& upstream) {
  if (head_.header("expect") && !client_.write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  MessageHead sent = head_;
  sent.remove("expect");
  // A server that has answered already and reads no more is no reason to stop reading here: the
  // answer is fetched afterwards.
  bool upstream_reads = upstream.write(sent.to_text());
  const Cut cut = request_cut(fault_);
  std::uint64_t passed = 0;
  const auto pass = [&](std::string_view piece) {
    if (cut.how != Cut::How::none) piece = piece.substr(0, cut.after - passed);
    if (fault_.kind == FaultKind::bandwidth) {
      write_slowly(upstream, piece, fault_.bytes);
    } else {
      upstream_reads = upstream_reads && upstream.write(piece);
    }
    passed += piece.size();
    return cut.how == Cut::How::none || passed < cut.after;
  };
  const BodyEnd end = cut.how != Cut::How::none && cut.after == 0
                          ? BodyEnd::stopped
                          : pass_body(client_, request_body(head_), pass);
  if (end == BodyEnd::whole && cut.how == Cut::How::none) return true;
  note(0);
  // The server must not take what it has for the whole.
  upstream.reset();
  return leave(cut.how == Cut::How::none ? Cut::How::close : cut.how);
}

bool Exchange::pass_answer(SocketStream& upstream) {
  std::optional<MessageHead> answer;
  do {
    answer = read_head(upstream);
  } while (answer && status_of(*answer) / 100 == 1);
  if (!answer) {
    note(0);
    return leave(Cut::How::reset);
  }
  const BodyLength length = response_body(*answer, target_.method);
  if (fault_.kind == FaultKind::lose) {
    // Whole: the server must be done with it.
    (void)pass_body(upstream, length, [](std::string_view) { return true; });
    note(status_of(*answer));
    return leave(Cut::How::reset);
  }
  note(status_of(*answer));
  if (!client_.write(answer->to_text())) return false;
  return pass_answer_body(upstream, length) && length.kind != BodyLength::Kind::until_close &&
         !answer->says_close() && !head_.says_close();
}

bool Exchange::pass_answer_body(SocketStream& upstream, BodyLength length) {
  const Cut cut = response_cut(fault_);
  if (cut.how != Cut::How::none && cut.after == 0) return leave(cut.how);
  std::uint64_t passed = 0;
  const auto pass = [&](std::string_view piece) {
    if (cut.how != Cut::How::none) piece = piece.substr(0, cut.after - passed);
    std::string changed;
    if (fault_.kind == FaultKind::corrupt && fault_.bytes - passed < piece.size()) {
      changed = piece;
      changed[fault_.bytes - passed] = static_cast<char>(changed[fault_.bytes - passed] ^ 1);
      piece = changed;
    }
    passed += piece.size();
    if (fault_.kind == FaultKind::bandwidth) {
      write_slowly(client_, piece, fault_.bytes);
      return true;
    }
    return client_.write(piece) && (cut.how == Cut::How::none || passed < cut.after);
  };
  const BodyEnd end = pass_body(upstream, length, pass);
  // An answer shorter than the script thought still ends as it says, except that there is nothing
  // left to wait for.
  if (cut.how == Cut::How::stall && end == BodyEnd::whole) return true;
  if (cut.how != Cut::How::none) return leave(cut.how);
  return end == BodyEnd::whole || leave(Cut::How::reset);
}

}  // namespace

void RequestLog::add(const RequestTarget& request, int status, std::string_view fault) {
  const std::lock_guard lock(mutex_);
  fmt::print("{} {} ?{} {} {}\n", request.method, request.path, fmt::join(request.query_names, "&"),
             status, fault);
  std::fflush(stdout);
}

void serve(SocketStream client, std::uint16_t upstream_port, FaultScript& script, RequestLog& log) {
  for (;;) {
    auto head = read_head(client);
    if (!head) return;
    if (!Exchange(client, std::move(*head), log).run(script, upstream_port)) return;
  }
}

}  // namespace walden::testing
