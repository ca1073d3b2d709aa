#include "common/program/passphrase.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr const char* kTerminal = "/dev/tty";
constexpr std::size_t kLongest = 1024;
constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(5);

// A buffer of one size that is wiped, filled from the front.
struct Line {
  Secret bytes{kLongest};
  std::size_t length = 0;

  [[nodiscard]] Secret take() { return Secret::copy_of(bytes.view().first(length)); }
};

// Keeps the signals that would end the program with the echo still off until it is on again.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigemptyset(&held_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held_, signal);
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // Readable once one of them has come; it stays pending, and has its effect afterwards.
  [[nodiscard]] FileDescriptor arrivals() const {
    return FileDescriptor(::signalfd(-1, &held_, SFD_CLOEXEC));
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
};

// Turns the echo off while it lives, and back on whatever happens.
class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

 private:
  int terminal_;
  termios before_{};
  bool changed_ = false;
};

std::unexpected<Error> nobody_to_ask() {
  return fail(ErrorKind::configuration, "the key is locked and there is no terminal to ask at",
              "Put the passphrase into a file of mode 0600 and name it as passphrase_file.");
}

Result<> wait_for_line(int terminal, int signals) {
  std::array<pollfd, 2> waiting{pollfd{terminal, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
  const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(kPatience.count()));
  if (ready < 0 && errno != EINTR) return fail_errno("wait for", kTerminal, errno);
  if (ready < 0 || waiting[1].revents != 0) return fail(ErrorKind::transient, "interrupted");
  if (ready > 0) return {};
  return fail(ErrorKind::transient, "no passphrase was typed within 5 minutes", "Run it again.");
}

Result<Secret> read_line(int fd, const std::filesystem::path& path) {
  Line line;
  std::array<std::uint8_t, 1> one{};
  while (TRY(read_some(fd, one, path)) == 1 && one[0] != '\n') {
    if (line.length == kLongest) {
      return fail(
          ErrorKind::configuration,
          fmt::format("the passphrase in {} is longer than {} bytes", path.string(), kLongest));
    }
    line.bytes.writable()[line.length++] = one[0];
  }
  return line.take();
}

}  // namespace

Result<Secret> read_passphrase_file(const std::filesystem::path& path, std::string_view what) {
  const FileDescriptor file = TRY(open_for_reading(path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if ((facts.st_mode & 077U) != 0) {
    return fail(ErrorKind::configuration,
                fmt::format("the {} file {} can be read by others", what, path.string()),
                fmt::format("Keep it to its owner: chmod 600 {}", path.string()));
  }
  auto passphrase = TRY(read_line(file.get(), path));
  if (passphrase.size() == 0) {
    return fail(ErrorKind::configuration,
                fmt::format("the {} file {} is empty", what, path.string()));
  }
  return passphrase;
}

Result<Secret> ask_passphrase(const std::string& prompt) {
  const FileDescriptor terminal(::open(kTerminal, O_RDWR | O_CLOEXEC | O_NOCTTY));
  // In the background, the terminal would stop the program for good instead of answering.
  if (!terminal || ::tcgetpgrp(terminal.get()) != ::getpgrp()) return nobody_to_ask();
  TRY(write_all(terminal.get(), bytes_of(prompt + ": "), kTerminal));
  auto passphrase = [&]() -> Result<Secret> {
    const SignalsHeld signals;
    const EchoOff silence(terminal.get());
    const FileDescriptor arrivals = signals.arrivals();
    TRY(wait_for_line(terminal.get(), arrivals.get()));
    return read_line(terminal.get(), kTerminal);
  }();
  TRY(write_all(terminal.get(), bytes_of("\n"), kTerminal));
  return passphrase;
}

Result<Secret> ask_new_passphrase() {
  auto first = TRY(ask_passphrase("New passphrase"));
  const auto second = TRY(ask_passphrase("Again"));
  if (first.size() == 0) return fail(ErrorKind::usage, "the passphrase is empty");
  if (!std::ranges::equal(first.view(), second.view())) {
    return fail(ErrorKind::usage, "the two passphrases differ", "Run it again.");
  }
  return first;
}

PassphraseSource passphrase_source(std::string passphrase_file) {
  return [file = std::move(passphrase_file)](const std::filesystem::path& key) -> Result<Secret> {
    if (!file.empty()) return read_passphrase_file(file);
    return ask_passphrase(fmt::format("Passphrase for {}", key.string()));
  };
}

}  // namespace walden
