#include "common/call/caller.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

namespace walden {
namespace {

// Of the environment, only what changes an answer: a caller's terminal or job number must not cost
// a worker of its own.
constexpr std::array<std::string_view, 2> kPrefixes{"WALDEN_", "AWS_"};
constexpr std::array<std::string_view, 13> kVariables{
    "HOME",       "PATH",       "TMPDIR",      "SSL_CERT_FILE", "SSL_CERT_DIR",
    "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",   "all_proxy",
    "ALL_PROXY",  "no_proxy",   "NO_PROXY"};

bool is_asked_for(std::string_view word) {
  return word == "--help" || word == "-h" || word == "--version";
}

bool counts(std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('='));
  return std::ranges::find(kVariables, name) != kVariables.end() ||
         std::ranges::any_of(kPrefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

std::vector<std::string_view> variables_that_count() {
  std::vector<std::string_view> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (counts(*entry)) variables.emplace_back(*entry);
  }
  std::ranges::sort(variables);
  return variables;
}

bool is_from_server(std::string_view path) {
  constexpr std::string_view kFolder = "pg_wal/";
  return path.starts_with(kFolder) && path.size() > kFolder.size() &&
         path.find('/', kFolder.size()) == std::string_view::npos;
}

// The same path may be another directory in a container, or where something was mounted over it.
std::string place() {
  std::string text = file_number(".") + ' ' + file_number("/") + ' ';
  std::array<char, 64> mounts{};
  const ssize_t size = ::readlink("/proc/self/ns/mnt", mounts.data(), mounts.size());
  return text + std::string(mounts.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
}

}  // namespace

std::string file_number(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

std::optional<CommandLine> split_command_line(int argc, const char* const* argv) {
  CommandLine line;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (is_asked_for(word)) return std::nullopt;
    if (word == "--") {
      line.arguments.insert(line.arguments.end(), argv + i + 1, argv + argc);
      break;
    }
    if (!word.starts_with('-')) {
      line.arguments.emplace_back(word);
      continue;
    }
    line.options.emplace_back(word);
    if (word.find('=') != std::string_view::npos) continue;
    if (++i == argc) return std::nullopt;
    line.options.emplace_back(argv[i]);
  }
  return line;
}

bool asks_for_no_worker(const CommandLine& line) {
  // The last word counts, and the command line's more than the environment's.
  for (auto option = line.options.rbegin(); option != line.options.rend(); ++option) {
    if (*option == "--worker=off") return true;
    if (*option == "--worker=on") return false;
    if (*option == "--worker" && option != line.options.rbegin()) return *(option - 1) == "off";
  }
  const char* variable = std::getenv("WALDEN_WORKER");
  return variable != nullptr && std::string_view(variable) == "off";
}

std::optional<std::string> caller_identity(std::string_view worker, const CommandLine& line) {
  std::array<char, PATH_MAX> directory{};
  if (::getcwd(directory.data(), directory.size()) == nullptr) return std::nullopt;
  std::string identity(worker);
  const auto add = [&identity](std::string_view text) {
    identity += '\0';
    identity += text;
  };
  add(directory.data());
  add(place());
  for (const auto& option : line.options) add(option);
  identity += '\0';
  for (const auto variable : variables_that_count()) add(variable);
  return identity;
}

std::optional<WorkerCall> worker_call(const CalledProgram& program, std::string_view worker,
                                      int argc, const char* const* argv) {
  const auto line = split_command_line(argc, argv);
  if (worker.empty() || !line || line->arguments.size() != 2 || asks_for_no_worker(*line))
    return std::nullopt;
  const std::string& path = line->arguments[program.path_argument];
  const std::string& name = line->arguments[1 - program.path_argument];
  if (!is_from_server(path)) return std::nullopt;
  auto identity = caller_identity(worker, *line);
  if (!identity) return std::nullopt;
  auto address = address_of(*identity);
  if (!address) return std::nullopt;
  return WorkerCall{{std::move(*identity), path, name}, std::move(*address)};
}

}  // namespace walden
