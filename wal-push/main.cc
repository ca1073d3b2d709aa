// wal-push PATH [NAME]: PostgreSQL's archive_command. Exit 0 means durable, anything else is 1.
#include <csignal>
#include <initializer_list>

#include "common/call/front_end.h"

int main(int argc, char** argv) {
  // A signal would end the archiver process too (its status is above 125): a push in hand is
  // brought to its end instead.
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_IGN);
  return walden::run_front_end(walden::kWalPush, argc, argv);
}
