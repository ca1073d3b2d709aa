// Interruption, without global state spread about: one flag that SIGINT and SIGTERM set.
#pragma once

#include <atomic>

namespace walden {

// Installs the handlers (SIGINT, SIGTERM; SIGPIPE ignored) and returns the flag. PostgreSQL hands
// SIGINT and SIGPIPE down as ignored; they are set explicitly here.
[[nodiscard]] const std::atomic<bool>& interruption_flag();

// wal-fetch dies of SIGTERM, because PostgreSQL looks at that, but takes its temporary file along;
// likewise of SIGINT, SIGHUP and SIGQUIT. The path must stay valid until forget_temporary().
void unlink_on_termination(const char* temporary_path);
void forget_temporary();

}  // namespace walden
