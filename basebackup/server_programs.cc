#include "basebackup/server_programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <vector>

#include "common/bytes/bytes.h"
#include "common/store/helper_program.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> usual_folders(int major) {
  std::vector<fs::path> folders = {fmt::format("/usr/lib/postgresql/{}/bin", major),
                                   fmt::format("/usr/pgsql-{}/bin", major)};
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

Result<ServerPrograms> look_into(const fs::path& folder) {
  ServerPrograms programs{.folder = folder};
  const Secret said = TRY(output_of({.argv = {programs.program("postgres"), "--version"}}));
  const auto version = version_of_program(text_of(said.view()));
  if (!version) {
    return fail(ErrorKind::configuration,
                fmt::format("{} does not say which version it is", programs.program("postgres")));
  }
  programs.version = *version;
  return programs;
}

std::string remedy_for(int major) {
  return fmt::format("Install it (postgresql-{}), or say where it is with bindir below [drill].",
                     major);
}

}  // namespace

bool ServerPrograms::has(const std::string& name) const {
  return ::access(program(name).c_str(), X_OK) == 0;
}

std::optional<int> version_of_program(std::string_view said) {
  constexpr std::string_view kBefore = "(PostgreSQL) ";
  const auto begin = said.find(kBefore);
  if (begin == std::string_view::npos) return std::nullopt;
  said.remove_prefix(begin + kBefore.size());
  const char* const end = said.data() + said.size();
  int major = 0;
  const auto [after, error] = std::from_chars(said.data(), end, major);
  if (error != std::errc() || major < 10 || major > 99) return std::nullopt;
  int minor = 0;
  if (after != end && *after == '.') std::from_chars(after + 1, end, minor);
  return minor < 0 || minor > 9999 ? std::nullopt : std::optional(major * 10000 + minor);
}

Result<ServerPrograms> find_server_programs(const std::string& bindir, int server_version) {
  const int major = server_version / 10000;
  if (!bindir.empty()) {
    auto programs = TRY(look_into(bindir));
    if (programs.version / 10000 == major) return programs;
    return fail(ErrorKind::configuration,
                fmt::format("{} is PostgreSQL {}, and the backup is of PostgreSQL {}",
                            programs.program("postgres"), programs.version / 10000, major),
                remedy_for(major));
  }
  for (const auto& folder : usual_folders(major)) {
    if (!ServerPrograms{.folder = folder}.has("postgres")) continue;
    auto programs = look_into(folder);
    if (programs && programs->version / 10000 == major) return programs;
  }
  return fail(ErrorKind::configuration,
              fmt::format("there is no PostgreSQL {} on this host", major), remedy_for(major));
}

}  // namespace walden
