#include "wal-fetch-worker/temporary_copy.h"

#include <csignal>

#include "common/program/signals.h"

namespace walden {
namespace {

// Between the making of a file and the handler's knowing of it, a signal would leave it behind.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

TemporaryCopy::TemporaryCopy(NewFile file) : file_(std::make_unique<NewFile>(std::move(file))) {
  unlink_on_termination(file_->temporary_path());
}

Result<TemporaryCopy> TemporaryCopy::create(const std::filesystem::path& final_path) {
  const std::filesystem::path directory = final_path.parent_path();
  // Housekeeping: where it is not allowed, that is no reason not to deliver.
  (void)remove_abandoned(directory.empty() ? "." : directory);
  const SignalsHeld held;
  return TemporaryCopy(TRY(NewFile::create(final_path)));
}

TemporaryCopy::~TemporaryCopy() {
  if (!file_) return;
  const SignalsHeld held;
  forget_temporary();
  file_.reset();
}

}  // namespace walden
