#include "common/program/passphrase.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr const char* kTerminal = "/dev/tty";
constexpr std::size_t kLongest = 1024;

// A buffer of one size that is wiped, filled from the front.
struct Line {
  Secret bytes{kLongest};
  std::size_t length = 0;

  [[nodiscard]] Secret take() { return Secret::copy_of(bytes.view().first(length)); }
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

Result<Secret> read_passphrase_file(const std::filesystem::path& path) {
  const FileDescriptor file = TRY(open_for_reading(path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if ((facts.st_mode & 077U) != 0) {
    return fail(ErrorKind::configuration,
                fmt::format("the passphrase file {} can be read by others", path.string()),
                fmt::format("Keep it to its owner: chmod 600 {}", path.string()));
  }
  auto passphrase = TRY(read_line(file.get(), path));
  if (passphrase.size() == 0) {
    return fail(ErrorKind::configuration,
                fmt::format("the passphrase file {} is empty", path.string()));
  }
  return passphrase;
}

Result<Secret> ask_passphrase(const std::string& prompt) {
  const FileDescriptor terminal(::open(kTerminal, O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) {
    return fail(ErrorKind::configuration, "the key is locked and there is no terminal to ask at",
                "Put the passphrase into a file of mode 0600 and name it as passphrase_file.");
  }
  TRY(write_all(terminal.get(), bytes_of(prompt + ": "), kTerminal));
  auto passphrase = [&] {
    const EchoOff silence(terminal.get());
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
