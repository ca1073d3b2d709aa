#include "common/program/report.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "common/program/progress.h"

namespace walden {
namespace {

// Causes carry names and sentences from outside (a server, a file name): a newline would forge a
// line of PostgreSQL's log, an escape sequence would steer the reader's terminal.
std::string one_line(std::string_view text) {
  std::string line(text);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

// Nobody is left to be told that standard error is gone: the exit code still says it.
void write_to_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string text_of_report(std::string_view program, const Error& error, std::string_view effect,
                           bool coloured) {
  std::string cause = one_line(error.cause);
  if (coloured) cause = "\x1b[1m" + cause + "\x1b[0m";
  std::string text = std::string(program) + ": " + cause + '\n';
  for (const std::string_view line : {effect, std::string_view(error.remedy)}) {
    if (!line.empty()) text += "  " + one_line(line) + '\n';
  }
  return text;
}

}  // namespace

void report(std::string_view program, const Error& error, std::string_view effect) {
  write_to_standard_error(text_of_report(program, error, effect, colours_wanted(STDERR_FILENO)));
}

void say(std::string_view program, std::string_view text) {
  write_to_standard_error(line_text(program, text));
}

std::string report_text(std::string_view program, const Error& error, std::string_view effect) {
  return text_of_report(program, error, effect, false);
}

std::string line_text(std::string_view program, std::string_view text) {
  return std::string(program) + ": " + one_line(text) + '\n';
}

}  // namespace walden
