#include "common/postgres/server_answer.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <optional>

#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"

namespace walden {
namespace {

Result<ServerResult> last_answer(ServerReader& reader, const std::string& sql,
                                 std::chrono::seconds silence) {
  TRY(reader.send(sql));
  ServerResult answer;
  while (auto result = TRY(reader.next_result(silence))) answer = std::move(result);
  return answer;
}

// Counts what one COPY brings. A few bytes at a time can go on for ever: the deadline is looked at
// with each.
Result<std::uint64_t> count_copy(ServerReader& reader, const AnswerLimits& limits) {
  std::uint64_t bytes = 0;
  while (const auto piece = TRY(reader.next_copy(limits.silence))) {
    bytes += piece->bytes().size();
    if (std::chrono::steady_clock::now() > limits.deadline) return std::unexpected(limits.too_late);
  }
  return bytes;
}

}  // namespace

Result<std::string> ask_for_value(const ServerSession& session, const std::string& doing,
                                  const std::string& sql, const AnswerLimits& limits) {
  ServerReader reader(session.get(), doing, &limits.cancel);
  reader.expect_by(limits.deadline, limits.too_late);
  const auto answer = last_answer(reader, sql, limits.silence);
  if (!answer) {
    reader.cancel_at_server();
    return std::unexpected(answer.error());
  }
  if (::PQresultStatus(answer->get()) == PGRES_FATAL_ERROR) {
    return fail(ErrorKind::corrupt,
                fmt::format("{}: {}", doing, one_line(::PQresultErrorMessage(answer->get()))));
  }
  if (::PQntuples(answer->get()) != 1 || ::PQnfields(answer->get()) != 1) {
    return fail(ErrorKind::corrupt, doing + ": the answer is not one row with one column");
  }
  return std::string(::PQgetvalue(answer->get(), 0, 0));
}

Result<std::uint64_t> read_through(const ServerSession& session, const std::string& doing,
                                   const std::string& sql, const AnswerLimits& limits) {
  ServerReader reader(session.get(), doing, &limits.cancel);
  TRY(reader.send(sql));
  std::uint64_t bytes = 0;
  std::optional<Error> refused;
  while (auto result = TRY(reader.next_result(limits.silence))) {
    const auto status = ::PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR) refused = server_error(doing, result.get());
    if (status != PGRES_COPY_OUT) continue;
    const auto counted = count_copy(reader, limits);
    if (!counted) {
      reader.cancel_at_server();
      return std::unexpected(counted.error());
    }
    bytes += *counted;
  }
  if (refused) return std::unexpected(*refused);
  return bytes;
}

}  // namespace walden
