#include "common/program/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace walden {
namespace {

constexpr std::size_t kColumns = 100;

// Lines that are too long go on under their description.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string result;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (line.size() > kColumns) {
      const auto blank = line.rfind(' ', kColumns);
      if (blank == std::string::npos || blank <= indent) break;
      result += line.substr(0, blank) + '\n';
      line = std::string(indent, ' ') + line.substr(blank + 1);
    }
    result += line + '\n';
  }
  return result;
}

class PlainFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = Formatter::make_help(app, std::move(name), mode);
    for (auto hole = text.find("\n\n\n"); hole != std::string::npos; hole = text.find("\n\n\n")) {
      text.erase(hole, 1);
    }
    return wrapped(text, get_column_width());
  }
};

// CLI11 begins its sentences with a capital, or with the name of an option or of a FILE.
std::string sentence(std::string text) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() > 1 && is_capital(text[0]) && !is_capital(text[1])) {
    text.front() = static_cast<char>(text.front() - 'A' + 'a');
  }
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::string failure(const CLI::App* app, const CLI::Error& error) {
  const auto names = command_names(*app);
  const auto parsed = app->get_subcommands();
  if (names.empty() || !parsed.empty()) {
    const std::string command = parsed.empty() ? "" : " " + parsed.front()->get_name();
    return fmt::format("{}: {}\n  See: {}{} --help\n", app->get_name(), sentence(error.what()),
                       app->get_name(), command);
  }
  const auto rest = app->remaining();
  const std::string cause =
      rest.empty()
          ? "no command is given"
          : fmt::format("there is no {} \"{}\"",
                        rest.front().starts_with('-') ? "option" : "command", rest.front());
  return fmt::format("{}: {}\n  The commands are: {}\n", app->get_name(), cause,
                     fmt::join(names, ", "));
}

}  // namespace

void speak_plainly(CLI::App& app) {
  app.formatter(std::make_shared<PlainFormatter>());
  app.failure_message(failure);
}

}  // namespace walden
