#include "common/program/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace walden {
namespace {

class PlainFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = Formatter::make_help(app, std::move(name), mode);
    for (auto hole = text.find("\n\n\n"); hole != std::string::npos; hole = text.find("\n\n\n")) {
      text.erase(hole, 1);
    }
    return text;
  }
};

// CLI11 begins its sentences with a capital; an option's name it leaves as it is.
std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') {
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
