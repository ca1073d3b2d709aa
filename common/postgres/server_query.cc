#include "common/postgres/server_query.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"

namespace walden {
namespace {

std::optional<std::string> value_at(const PGresult* result, int row, int column) {
  if (::PQgetisnull(result, row, column) != 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(::PQgetlength(result, row, column));
  return std::string(::PQgetvalue(result, row, column), size);
}

std::vector<ServerRow> rows_of(const PGresult* result) {
  std::vector<ServerRow> rows(static_cast<std::size_t>(::PQntuples(result)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < ::PQnfields(result); ++column) {
      rows[row].push_back(value_at(result, static_cast<int>(row), column));
    }
  }
  return rows;
}

}  // namespace

Result<std::vector<ServerRow>> query_server(const ServerSession& session, const std::string& doing,
                                            const std::string& sql, int columns,
                                            std::chrono::seconds patience) {
  ServerReader reader(session.get(), doing, nullptr);
  TRY(reader.send(sql));
  ServerResult answer;
  while (auto result = TRY(reader.next_result(patience))) {
    if (!answer) answer = std::move(result);
  }
  if (::PQresultStatus(answer.get()) == PGRES_FATAL_ERROR) {
    return std::unexpected(server_error(doing, answer.get()));
  }
  if (::PQresultStatus(answer.get()) == PGRES_TUPLES_OK && ::PQnfields(answer.get()) == columns) {
    return rows_of(answer.get());
  }
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: the answer has another shape", doing));
}

}  // namespace walden
