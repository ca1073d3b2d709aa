#include "common/postgres/server_reader.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <cerrno>

#include "common/postgres/server_error.h"

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kBetweenLooks = std::chrono::milliseconds(200);  // at `cancel`
constexpr auto kDrain = std::chrono::milliseconds(500);

std::unexpected<Error> interrupted() {
  return fail(ErrorKind::usage, "interrupted");
}

}  // namespace

void ClearResult::operator()(pg_result* result) const {
  ::PQclear(result);
}

void FreeMemory::operator()(char* memory) const {
  ::PQfreemem(memory);
}

ServerReader::ServerReader(pg_conn* connection, std::string doing, const std::atomic<bool>* cancel)
    : connection_(connection), doing_(std::move(doing)), cancel_(cancel) {}

Result<> ServerReader::send(const std::string& command) {
  if (::PQsendQuery(connection_, command.c_str()) == 1) return {};
  return std::unexpected(broken_connection(doing_, connection_));
}

Result<ServerResult> ServerReader::next_result(std::chrono::seconds patience) {
  while (::PQisBusy(connection_) != 0) TRY(wait(patience));
  return ServerResult(::PQgetResult(connection_));
}

Result<std::optional<CopyPiece>> ServerReader::next_copy(std::chrono::seconds patience) {
  for (;;) {
    if (cancelled()) return interrupted();  // data that never pause must not outrun it
    char* data = nullptr;
    const int size = ::PQgetCopyData(connection_, &data, /*async=*/1);
    if (size > 0) return CopyPiece(data, size);
    if (size == -1) return std::nullopt;
    if (size < -1) return std::unexpected(broken_connection(doing_, connection_));
    TRY(wait(patience));
  }
}

Result<> ServerReader::put_copy(ByteView bytes, std::chrono::seconds patience) {
  (void)::PQsetnonblocking(connection_, 1);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  if (::PQputCopyData(connection_, text, static_cast<int>(bytes.size())) == 1) {
    return flush(patience);
  }
  return std::unexpected(broken_connection(doing_, connection_));
}

Result<> ServerReader::end_copy(std::chrono::seconds patience) {
  if (::PQputCopyEnd(connection_, nullptr) != 1) {
    return std::unexpected(broken_connection(doing_, connection_));
  }
  TRY(flush(patience));
  (void)::PQsetnonblocking(connection_, 0);
  return {};
}

// What the server says meanwhile is taken in: it may have to say it before it reads on.
Result<> ServerReader::flush(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const int left = ::PQflush(connection_);
    if (left == 0) return {};
    if (left < 0) return std::unexpected(broken_connection(doing_, connection_));
    if (cancelled()) return interrupted();
    if (Clock::now() >= deadline) {
      return fail(
          ErrorKind::transient,
          fmt::format("cannot {}: the server has taken nothing for {} s", doing_, patience.count()),
          "See whether the server and the network to it still work, then try again.");
    }
    pollfd socket{.fd = ::PQsocket(connection_), .events = POLLIN | POLLOUT, .revents = 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(kBetweenLooks.count()));
    if (ready < 0 && errno != EINTR) return fail_errno("wait for", "the server", errno);
    if (ready > 0 && (socket.revents & POLLIN) != 0 && ::PQconsumeInput(connection_) != 1) {
      return std::unexpected(broken_connection(doing_, connection_));
    }
  }
}

void ServerReader::expect_by(Clock::time_point deadline, Error error) {
  expected_ = Expected{deadline, std::move(error)};
}

Result<> ServerReader::wait(std::chrono::seconds patience) {
  const auto deadline = expected_ ? expected_->deadline : Clock::now() + patience;
  for (;;) {
    if (cancelled()) return interrupted();
    if (TRY(readable_within(kBetweenLooks))) break;
    if (Clock::now() >= deadline) {
      if (expected_) return std::unexpected(expected_->error);
      return fail(
          ErrorKind::transient,
          fmt::format("cannot {}: the server has been silent for {} s", doing_, patience.count()),
          "See whether the server and the network to it still work, then try again.");
    }
  }
  if (::PQconsumeInput(connection_) == 1) return {};
  return std::unexpected(broken_connection(doing_, connection_));
}

Result<bool> ServerReader::readable_within(std::chrono::milliseconds limit) {
  pollfd socket{.fd = ::PQsocket(connection_), .events = POLLIN, .revents = 0};
  if (socket.fd < 0) return std::unexpected(broken_connection(doing_, connection_));
  const int ready = ::poll(&socket, 1, static_cast<int>(limit.count()));
  if (ready < 0 && errno != EINTR) return fail_errno("wait for", "the server", errno);
  return ready > 0;
}

void ServerReader::cancel_at_server() {
  const std::unique_ptr<PGcancel, decltype(&::PQfreeCancel)> handle(::PQgetCancel(connection_),
                                                                    &::PQfreeCancel);
  std::array<char, 256> why{};
  // When even the request fails, closing the connection ends the backup at the server's next write.
  if (!handle || ::PQcancel(handle.get(), why.data(), static_cast<int>(why.size())) != 1) return;
  const auto deadline = Clock::now() + kDrain;
  while (Clock::now() < deadline && !drain()) {
    const auto readable = readable_within(kBetweenLooks);
    if (!readable || (*readable && ::PQconsumeInput(connection_) != 1)) return;
  }
}

// Throws away what has arrived: a server that waits for room in a full socket does not look at the
// request to cancel. True once the command has ended.
bool ServerReader::drain() {
  for (;;) {
    char* data = nullptr;
    const int size = ::PQgetCopyData(connection_, &data, /*async=*/1);
    const CopyPiece piece(data, 0);
    if (size > 0) continue;
    if (size == 0 || ::PQisBusy(connection_) != 0) return false;
    if (!ServerResult(::PQgetResult(connection_))) return true;
  }
}

}  // namespace walden
