#include "common/program/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>

#include "common/program/progress_line.h"

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRedraw{100};
constexpr milliseconds kNextLine{10'000};
constexpr int kPlainWidth = 100;
constexpr std::string_view kClearLine = "\r\x1b[K";

bool draws_in_place(int fd) {
  const char* kind = std::getenv("TERM");
  return ::isatty(fd) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

// The last column stays free: some terminals wrap as soon as it is written.
int terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : kPlainWidth) - 1;
}

// Progress is a courtesy: a standard error that is gone must not stop a backup.
void write_to_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool colours_wanted(int fd) {
  const char* refused = std::getenv("NO_COLOR");
  return draws_in_place(fd) && (refused == nullptr || refused[0] == '\0');
}

ProgressOutput ProgressOutput::standard_error() {
  const bool terminal = draws_in_place(STDERR_FILENO);
  return {write_to_standard_error, Clock::now,
          terminal ? terminal_width : [] { return kPlainWidth; }, terminal};
}

struct Progress::State {
  std::string program;
  std::string what;
  std::uint64_t total;
  ProgressOutput output;
  Clock::time_point begun{};
  Clock::time_point shown{};  // when the last line was written
  std::uint64_t bytes = 0;
  std::string sentence{};  // what waiting() said last
  bool said_figures = false;
  bool bar_is_there = false;
  std::mutex mutex{};

  void write_line(const std::string& text) {
    shown = output.clock();
    if (output.terminal) {
      output.write(std::string(kClearLine) + clipped(text, output.width()));
      bar_is_there = true;
    } else {
      output.write(clipped(program + ": " + text, output.width()) + '\n');
    }
  }

  void write_figures() {
    const ProgressFigures figures{what, bytes, total,
                                  std::chrono::duration_cast<milliseconds>(output.clock() - begun)};
    write_line(output.terminal ? bar_line(figures, output.width()) : plain_line(figures));
    said_figures = true;
  }

  void clear() {
    if (bar_is_there) output.write(kClearLine);
    bar_is_there = false;
  }
};

Progress::Progress(std::string program, std::string what, std::uint64_t total_bytes)
    : Progress(std::move(program), std::move(what), total_bytes, ProgressOutput::standard_error()) {
}

Progress::Progress(std::string program, std::string what, std::uint64_t total_bytes,
                   ProgressOutput output)
    : state_(new State{.program = std::move(program),
                       .what = std::move(what),
                       .total = total_bytes,
                       .output = std::move(output)}) {
  state_->begun = state_->shown = state_->output.clock();
}

Progress::~Progress() {
  const std::scoped_lock lock(state_->mutex);
  state_->clear();
}

void Progress::add(std::uint64_t bytes) {
  const std::scoped_lock lock(state_->mutex);
  state_->bytes += bytes;
  state_->sentence.clear();
  const auto pause = state_->output.terminal ? kRedraw : kNextLine;
  if (state_->output.clock() - state_->shown >= pause) state_->write_figures();
}

void Progress::waiting(const std::string& sentence) {
  const std::scoped_lock lock(state_->mutex);
  if (sentence == state_->sentence) return;
  state_->sentence = sentence;
  state_->write_line(state_->output.terminal ? "  " + sentence : sentence);
}

void Progress::done() {
  const std::scoped_lock lock(state_->mutex);
  state_->clear();
  if (!state_->output.terminal && state_->said_figures) state_->write_figures();
}

}  // namespace walden
