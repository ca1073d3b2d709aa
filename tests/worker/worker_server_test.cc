#include "common/worker/worker_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <new>
#include <thread>

#include "common/call/worker_connection.h"
#include "tests/support/child_process.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using Kind = CallAnswer::Kind;
using testing::eventually;

constexpr const char* kIdentity = "somebody";
constexpr int kMostCalls = 16;

class FakeHandler final : public CallHandler {
 public:
  CallAnswer answer(const CallRequest& request, const Say& say) override {
    ++begun;
    if (request.name == "slow") {
      while (!released) testing::pause_between_looks();
    }
    if (request.name == "large") throw std::bad_alloc();
    if (request.name == "said") {
      say("one\n");
      say("two\n");
    }
    ++answered;
    return {.kind = Kind::done, .exit_code = 7, .text = request.path, .file = request.name};
  }
  void after(const CallAnswer& answer) override {
    if (answer.kind == Kind::done) ++followed;
  }
  bool is_needed() override { return needed; }

  std::atomic<bool> released = false;
  std::atomic<bool> needed = true;
  std::atomic<int> begun = 0;
  std::atomic<int> answered = 0;
  std::atomic<int> followed = 0;
};

class Serve : public ::testing::Test {
 protected:
  Serve() {
    environment_.set("WALDEN_WORKER_DIRECTORY", folder_ / "w");
    address_ = address_of(kIdentity).value();
    testing::write_text(watched(), "first");
  }
  ~Serve() override {
    interrupted_ = true;
    handler_.released = true;
    { const auto awakens_it = WorkerConnection::open(address_); }
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] fs::path watched() const { return folder_ / "watched"; }
  [[nodiscard]] fs::path pgdata() const { return folder_ / "pgdata"; }

  void start(std::chrono::seconds idle = std::chrono::seconds(600)) {
    fs::create_directory(pgdata());
    auto socket = WorkerSocket::listen(address_);
    ASSERT_TRUE(socket) << socket.error().cause;
    thread_ = std::thread([this, idle, listening = std::move(*socket)]() mutable {
      const WorkerOptions options{kIdentity, Lifetime(pgdata(), {watched()}, idle), interrupted_,
                                  notes_};
      serving_ = true;
      serve(std::move(listening), options, handler_);
      returned_ = true;
    });
    ASSERT_TRUE(eventually([&] { return serving_.load(); }));
  }

  WorkerConnection asked(const std::string& name, const std::string& identity = kIdentity) {
    auto connection = WorkerConnection::open(address_);
    if (!connection) throw std::runtime_error("no worker listens");
    EXPECT_TRUE(connection->ask({identity, "pg_wal/x", name}));
    return std::move(*connection);
  }
  // What comes at the end; nothing when the worker hangs up, or does not listen.
  std::optional<CallAnswer> answer_to(const std::string& name,
                                      const std::string& identity = kIdentity) {
    auto connection = WorkerConnection::open(address_);
    if (!connection || !connection->ask({identity, "pg_wal/x", name})) return std::nullopt;
    return last_answer(*connection);
  }
  static std::optional<CallAnswer> last_answer(const WorkerConnection& connection) {
    auto answer = connection.next_answer();
    while (answer && answer->kind == Kind::working) answer = connection.next_answer();
    return answer;
  }
  bool returns() {
    return eventually([&] { return returned_.load(); });
  }

  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
  WorkerAddress address_;
  FakeHandler handler_;
  Notes notes_;
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> serving_ = false;
  std::atomic<bool> returned_ = false;
  std::thread thread_;
};

TEST_F(Serve, AnswersOneCallAfterTheOther) {
  start();
  for (const auto* name : {"a", "b", "c"}) {
    const auto answer = answer_to(name);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, Kind::done);
    EXPECT_EQ(answer->exit_code, 7);
    EXPECT_EQ(answer->text, "pg_wal/x");
    EXPECT_EQ(answer->file, name);
  }
}

TEST_F(Serve, SaysWhatThereIsToSayBeforeTheAnswer) {
  start();
  const WorkerConnection caller = asked("said");
  for (const auto* text : {"one\n", "two\n"}) {
    const auto said = last_answer(caller);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->kind, Kind::say);
    EXPECT_EQ(said->text, text);
  }
  EXPECT_EQ(last_answer(caller).value().kind, Kind::done);
}

TEST_F(Serve, TellsTheHandlerWhenTheCallerHasGone) {
  start();
  {
    const WorkerConnection caller = asked("a");
    ASSERT_EQ(last_answer(caller).value().kind, Kind::done);
    EXPECT_EQ(handler_.followed, 0);
  }
  EXPECT_TRUE(eventually([&] { return handler_.followed == 1; }));
}

TEST_F(Serve, BringsToItsEndWhatACallerDidNotWaitFor) {
  start();
  { const WorkerConnection caller = asked("slow"); }
  ASSERT_TRUE(eventually([&] { return handler_.begun == 1; }));
  handler_.released = true;
  EXPECT_TRUE(eventually([&] { return handler_.followed == 1; }));
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
}

TEST_F(Serve, TellsTheNextCallerOnceWhatCameUpInBetween) {
  start();
  notes_.add("the clock is wrong\n");
  notes_.add("the clock is wrong\n");
  const WorkerConnection first = asked("x");
  const auto said = last_answer(first);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->kind, Kind::say);
  EXPECT_EQ(said->text, "the clock is wrong\n");
  EXPECT_EQ(last_answer(first).value().kind, Kind::done);
  EXPECT_EQ(answer_to("x").value().kind, Kind::done);
}

TEST_F(Serve, SaysThatItIsWorkingWhileItDoes) {
  start();
  const WorkerConnection caller = asked("slow");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(caller.next_answer().value().kind, Kind::working);
  handler_.released = true;
  EXPECT_EQ(last_answer(caller).value().kind, Kind::done);
}

TEST_F(Serve, SendsAStrangerAway) {
  start();
  EXPECT_EQ(answer_to("a", "somebody else").value().kind, Kind::leave);
  EXPECT_EQ(handler_.begun, 0);
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
}

TEST_F(Serve, HangsUpOnACallerWhoTalksNonsense) {
  start();
  const FileDescriptor caller(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, address_.socket.c_str());
  ASSERT_EQ(::connect(caller.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::send(caller.get(), "nonsense", 8, MSG_NOSIGNAL), 8);
  char byte = 0;
  while (::recv(caller.get(), &byte, 1, 0) > 0) continue;  // "working", at a tick
  EXPECT_EQ(handler_.begun, 0);
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
}

TEST_F(Serve, HangsUpWhenItRunsOutOfMemory) {
  start();
  EXPECT_FALSE(answer_to("large"));
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
}

TEST_F(Serve, AnswersSixteenCallersAtOnceAndHangsUpOnTheNext) {
  start();
  std::deque<WorkerConnection> callers;
  for (int i = 0; i < kMostCalls; ++i) callers.push_back(asked("slow"));
  ASSERT_TRUE(eventually([&] { return handler_.begun == kMostCalls; }));
  EXPECT_FALSE(answer_to("a"));
  EXPECT_EQ(handler_.begun, kMostCalls);
  handler_.released = true;
  for (const auto& caller : callers) EXPECT_EQ(last_answer(caller).value().kind, Kind::done);
  callers.clear();
  EXPECT_TRUE(eventually([&] { return answer_to("a").has_value(); }));
}

TEST_F(Serve, GivesNoFurtherAnswerAndReturnsWhenItIsOutdated) {
  start();
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
  testing::write_text(watched(), "another");
  const auto answer = answer_to("b");
  EXPECT_TRUE(!answer || answer->kind == Kind::leave);
  EXPECT_EQ(handler_.begun, 1);
  EXPECT_TRUE(returns());
  EXPECT_TRUE(fs::is_empty(folder_ / "w"));
}

TEST_F(Serve, ReturnsWhenTheDataDirectoryHasGoneThoughNobodyCalls) {
  start();
  fs::remove(pgdata());
  EXPECT_TRUE(returns());
}

TEST_F(Serve, ReturnsWhenItIsNotNeededAnyMore) {
  start();
  EXPECT_EQ(answer_to("a").value().kind, Kind::done);
  handler_.needed = false;
  EXPECT_TRUE(returns());
}

TEST_F(Serve, ReturnsWhenNobodyHasCalled) {
  start(std::chrono::seconds(1));
  EXPECT_TRUE(returns());
}

TEST_F(Serve, IsNotIdleWhileItWorks) {
  start(std::chrono::seconds(1));
  {
    const WorkerConnection caller = asked("slow");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(caller.next_answer().value().kind, Kind::working);
    EXPECT_TRUE(fs::exists(address_.socket));
    handler_.released = true;
    EXPECT_EQ(last_answer(caller).value().kind, Kind::done);
  }
  EXPECT_TRUE(returns());
}

TEST_F(Serve, AnswersWhatIsUnderWayBeforeItReturns) {
  start();
  const WorkerConnection caller = asked("slow");
  ASSERT_TRUE(eventually([&] { return handler_.begun == 1; }));
  interrupted_ = true;
  EXPECT_TRUE(eventually([&] { return !fs::exists(address_.socket); }));  // others find nobody
  EXPECT_FALSE(returned_);
  handler_.released = true;
  EXPECT_EQ(last_answer(caller).value().kind, Kind::done);
}

}  // namespace
}  // namespace walden
