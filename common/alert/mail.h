// Alerts by mail, through libcurl. Certificates are always verified; TLS is always used, but for a
// server on this very host that wants no login (smtp://localhost: Postfix and its like).
#pragma once

#include <chrono>

#include "common/alert/alert.h"
#include "common/bytes/error.h"
#include "common/program/policy.h"

namespace walden {

// To one of the policy's `mail_to`, so that an address that is refused keeps it from nobody else.
// Success only when the server has taken it.
// Errors: transient for the network, a server that is busy and one that defers; configuration for
// what only a person can mend (certificate, login, addresses). `silent`, if given, becomes true
// where the server could not be reached or did not answer in time: it would do so to anybody.
[[nodiscard]] Result<> send_mail(const AlertPolicy& policy, const std::string& recipient,
                                 const Alert& alert, std::chrono::milliseconds patience,
                                 bool* silent = nullptr);

// The message as it goes over the line: RFC 5322, lines ended by "\r\n".
[[nodiscard]] std::string mail_message(const AlertPolicy& policy, const std::string& recipient,
                                       const Alert& alert);

}  // namespace walden
