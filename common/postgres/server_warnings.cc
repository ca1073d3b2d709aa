#include "common/postgres/server_warnings.h"

#include <libpq-fe.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/postgres/server_error.h"

namespace walden {
namespace {

constexpr std::size_t kMost = 1000;

std::string_view field(const PGresult* notice, int code) {
  const char* text = ::PQresultErrorField(notice, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// All of these by severity and place, for the words are in the server's language.
bool is_warning(const PGresult* notice) {
  return field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING";
}

// What else it warns of in that file are entries of directories, which it walks in sendDir().
bool is_of_pages(const PGresult* notice) {
  return field(notice, PG_DIAG_SOURCE_FILE).ends_with("basebackup.c") &&
         field(notice, PG_DIAG_SOURCE_FUNCTION) != "sendDir";
}

// do_pg_stop_backup() before 15.
bool is_of_waiting(const PGresult* notice) {
  const auto function = field(notice, PG_DIAG_SOURCE_FUNCTION);
  return function == "do_pg_backup_stop" || function == "do_pg_stop_backup";
}

}  // namespace

ServerWarnings::ServerWarnings(pg_conn* connection)
    : connection_(connection),
      receiver_before_(::PQsetNoticeReceiver(connection, &ServerWarnings::receive, this)) {}

// What was the receiver's argument before cannot be asked; ReplicationConnection's has none.
ServerWarnings::~ServerWarnings() {
  ::PQsetNoticeReceiver(connection_, receiver_before_, nullptr);
}

void ServerWarnings::receive(void* self, const pg_result* notice) {
  if (!is_warning(notice) || is_of_waiting(notice)) return;
  auto* warned = static_cast<ServerWarnings*>(self);
  auto& warnings = is_of_pages(notice) ? warned->of_pages_ : warned->others_;
  std::string sentence = one_line(field(notice, PG_DIAG_MESSAGE_PRIMARY));
  // It walks its directories twice, the first time to estimate the size.
  const bool known = std::ranges::find(warnings, sentence) != warnings.end();
  if (!known && warnings.size() < kMost) warnings.push_back(std::move(sentence));
}

}  // namespace walden
