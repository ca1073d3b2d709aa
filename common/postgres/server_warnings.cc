#include "common/postgres/server_warnings.h"

#include <libpq-fe.h>

#include <string_view>

#include "common/postgres/server_error.h"

namespace walden {
namespace {

constexpr std::size_t kMost = 1000;

std::string_view field(const PGresult* notice, int code) {
  const char* text = ::PQresultErrorField(notice, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// By severity and place, for the words are in the server's language.
bool is_of_backup(const PGresult* notice) {
  return field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING" &&
         field(notice, PG_DIAG_SOURCE_FILE).ends_with("basebackup.c");
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
  auto& warnings = static_cast<ServerWarnings*>(self)->warnings_;
  if (warnings.size() >= kMost || !is_of_backup(notice)) return;
  warnings.push_back(one_line(field(notice, PG_DIAG_MESSAGE_PRIMARY)));
}

}  // namespace walden
