#include "basebackup/directory_user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "common/postgres/whole_number.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

const fs::path kProcesses = "/proc";

std::string first_word_of(const fs::path& file, std::string_view after) {
  std::ifstream stream(file);
  for (std::string word; stream >> word;) {
    if (word == after && stream >> word) return word;
  }
  return "";
}

fs::path folder_of(unsigned pid) {
  return kProcesses / std::to_string(pid);
}

std::set<unsigned> who_started_us() {
  std::set<unsigned> found;
  for (auto pid = static_cast<unsigned>(::getppid()); pid > 1 && found.insert(pid).second;) {
    pid = whole_number<unsigned>(first_word_of(folder_of(pid) / "status", "PPid:"), 10).value_or(0);
  }
  return found;
}

bool is_same(const struct stat& a, const fs::path& path) {
  struct stat b {};
  return ::stat(path.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// What the process calls the file may begin otherwise than here; below the directory both say the
// same. Of a file with several names, as in a copy made of links, only its own counts.
bool lies_in(const struct stat& facts, const fs::path& name, const fs::path& directory) {
  if (is_same(facts, directory)) return true;
  const bool has_others = S_ISREG(facts.st_mode) && facts.st_nlink > 1;
  fs::path below;
  for (fs::path rest = name; rest.has_relative_path(); rest = rest.parent_path()) {
    below = below.empty() ? rest.filename() : rest.filename() / below;
    const fs::path here = directory / below;
    if ((!has_others || here == name) && is_same(facts, here)) return true;
  }
  return false;
}

std::optional<fs::path> directory_of(const fs::path& link, const std::vector<fs::path>& among) {
  std::error_code error;
  const fs::path name = fs::read_symlink(link, error);
  struct stat facts {};
  if (error || !name.is_absolute() || ::stat(link.c_str(), &facts) != 0) return std::nullopt;
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return std::nullopt;
  const auto found = std::ranges::find_if(
      among, [&](const fs::path& directory) { return lies_in(facts, name, directory); });
  if (found == among.end()) return std::nullopt;
  return *found;
}

std::optional<fs::path> open_in(const fs::path& process, const std::vector<fs::path>& among) {
  std::error_code error;
  fs::directory_iterator entry(process / "fd", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (auto found = directory_of(entry->path(), among)) return found;
  }
  return std::nullopt;
}

// An idle server has no file of a tablespace open.
std::optional<fs::path> linked_from_data_directory(const fs::path& process,
                                                   const std::vector<fs::path>& among) {
  const fs::path pgdata = process / "cwd";
  std::vector<fs::path> links{pgdata / "pg_wal"};
  std::error_code error;
  fs::directory_iterator entry(pgdata / "pg_tblspc", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    links.push_back(entry->path());
  }
  for (const auto& link : links) {
    const fs::path target = fs::read_symlink(link, error);
    struct stat facts {};
    // As the process sees it, which may be in a container.
    const fs::path seen = process / "root" / target.relative_path();
    if (error || !target.is_absolute() || ::stat(seen.c_str(), &facts) != 0) continue;
    for (const auto& directory : among) {
      if (is_same(facts, directory)) return directory;
    }
  }
  return std::nullopt;
}

std::string program_of(const fs::path& process) {
  std::ifstream stream(process / "comm");
  std::string name;
  std::getline(stream, name);
  return name;
}

}  // namespace

std::optional<DirectoryUser> find_directory_user(const std::vector<fs::path>& directories) {
  std::vector<fs::path> among;
  for (const auto& directory : directories) {
    std::error_code error;
    const fs::path real = fs::canonical(directory, error);
    among.push_back(error ? directory : real);
  }
  const std::set<unsigned> above = who_started_us();
  std::error_code error;
  fs::directory_iterator entry(kProcesses, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto pid = whole_number<unsigned>(entry->path().filename().string(), 10);
    if (!pid || *pid == static_cast<unsigned>(::getpid())) continue;
    std::optional<fs::path> found;
    if (!above.contains(*pid)) found = directory_of(entry->path() / "cwd", among);
    if (!found) found = open_in(entry->path(), among);
    // A shell may stand in the data directory whose links are gone over. And only a server is
    // asked: to look through the directories of all would hang on any file server that is away.
    if (!found && program_of(entry->path()).contains("postgres")) {
      found = linked_from_data_directory(entry->path(), among);
    }
    if (found) return DirectoryUser{*pid, program_of(entry->path()), *found};
  }
  return std::nullopt;
}

}  // namespace walden
