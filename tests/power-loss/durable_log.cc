#include "tests/power-loss/durable_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

struct statx look_at(const fs::path& path, bool follow) {
  struct statx facts {};
  const int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (::statx(AT_FDCWD, path.c_str(), flags, STATX_BASIC_STATS | STATX_BTIME, &facts) != 0) {
    throw std::system_error(errno, std::generic_category(), "look at " + path.native());
  }
  return facts;
}

std::string identity_in(const struct statx& facts) {
  return std::to_string(facts.stx_ino) + "-" + std::to_string(facts.stx_btime.tv_sec) + "." +
         std::to_string(facts.stx_btime.tv_nsec);
}

char kind_of(const fs::file_status& status) {
  if (fs::is_directory(status)) return 'd';
  return fs::is_symlink(status) ? 'l' : 'f';
}

std::string entries_of(const fs::path& directory) {
  std::string text;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const char kind = kind_of(entry.symlink_status());
    const std::string target = kind == 'l' ? fs::read_symlink(entry.path()).native()
                                           : DurableLog::identity_of(entry.path(), false);
    text += std::string(1, kind) + '\0' + target + '\0' + entry.path().filename().native() + '\0';
  }
  return text;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.native());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string DurableLog::identity_of(const fs::path& path, bool follow) {
  return identity_in(look_at(path, follow));
}

std::optional<DurableLog::Record> DurableLog::take_down(const fs::path& path) const {
  static std::atomic<unsigned> taken = 0;
  const struct statx facts = look_at(path, true);
  const bool is_directory = S_ISDIR(facts.stx_mode);
  if (!is_directory && !S_ISREG(facts.stx_mode)) return std::nullopt;
  const std::string identity = identity_in(facts);
  const fs::path written =
      folder_ / ("new-" + std::to_string(::getpid()) + "-" + std::to_string(++taken));
  std::ofstream file(written, std::ios::binary);
  file << (is_directory ? entries_of(path) : content_of(path)) << std::flush;
  if (!file || ::chmod(written.c_str(), facts.stx_mode & 07777U) != 0) {
    throw std::runtime_error("cannot write " + written.native());
  }
  return Record(written, is_directory ? listing(identity) : content(identity));
}

void DurableLog::Record::commit() const {
  fs::rename(written_, final_);
}

void DurableLog::Record::drop() const {
  std::error_code ignored;
  fs::remove(written_, ignored);
}

std::vector<DurableEntry> DurableLog::read_listing(const fs::path& listing) {
  std::vector<DurableEntry> entries;
  std::ifstream file(listing, std::ios::binary);
  std::string kind;
  DurableEntry entry;
  while (std::getline(file, kind, '\0') && std::getline(file, entry.target, '\0') &&
         std::getline(file, entry.name, '\0')) {
    entry.kind = kind.at(0);
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace walden::testing
