// wal-fetch NAME PATH: PostgreSQL's restore_command. Exit 0: delivered and verified; 1: proven not
// to be there; 255: doubt, which stops recovery. It dies of SIGTERM, because PostgreSQL looks at
// that.
#include <csignal>

#include "common/call/front_end.h"

int main(int argc, char** argv) {
  // A reader of standard error that is gone must not decide over a recovery.
  std::signal(SIGPIPE, SIG_IGN);
  return walden::run_front_end(walden::kWalFetch, argc, argv);
}
