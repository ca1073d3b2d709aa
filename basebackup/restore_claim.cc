#include "basebackup/restore_claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "common/bytes/files.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxClaim = 4096;

Result<> check_claim_is_alone(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() != kRestoreClaim) return claimed_by_another(directory);
  }
  if (error) return fail_errno("look into", directory.string(), error.value());
  return {};
}

std::string text_of_claim(const ClaimedFor& what) {
  const nlohmann::ordered_json json{
      {"incomplete", "a restore writes here, or was cut off: basebackup restore --resume"},
      {"backup", what.backup},
      {"system_identifier", std::to_string(what.system_identifier)}};
  return json.dump() + "\n";
}

std::optional<ClaimedFor> parse_claim(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto backup = json.find("backup");
  const auto system = json.find("system_identifier");
  if (backup == json.end() || system == json.end() || !backup->is_string() ||
      !system->is_string()) {
    return std::nullopt;
  }
  const auto identifier = whole_number<std::uint64_t>(system->get<std::string>(), 10);
  if (!identifier) return std::nullopt;
  return ClaimedFor{backup->get<std::string>(), *identifier};
}

// Where locks are not to be had, as on some network file systems, nobody can be told to run.
bool is_held_by_another(int fd) {
  return ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

std::unexpected<Error> claimed_by_another(const fs::path& directory) {
  return fail(
      ErrorKind::exists,
      fmt::format("{} is being restored into by another run or is no longer empty",
                  directory.string()),
      "Wait until the other run has ended, or choose a directory that no other restore uses.");
}

Result<> RestoreClaim::write(const ClaimedFor& what) const {
  const fs::path claim = directory_ / kRestoreClaim;
  const std::string text = text_of_claim(what);
  TRY(write_all_at(file_.get(), bytes_of(text), 0, claim));
  if (::ftruncate(file_.get(), static_cast<off_t>(text.size())) != 0) {
    return fail_errno("write", claim.string(), errno);
  }
  TRY(sync_file(file_.get(), claim));
  return sync_directory(directory_);
}

Result<RestoreClaim> RestoreClaim::take(const fs::path& directory, const ClaimedFor& what) {
  const fs::path claim = directory / kRestoreClaim;
  FileDescriptor file(
      ::open(claim.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file && errno == EEXIST) return claimed_by_another(directory);
  if (!file) return fail_errno("create", claim.string(), errno);
  RestoreClaim taken(directory, std::move(file));
  // One that was locked between our two calls is of a run that takes it over.
  if (is_held_by_another(taken.file_.get())) return claimed_by_another(directory);
  // The claim of a restore that has just succeeded is gone, and its files are there.
  auto ready = check_claim_is_alone(directory);
  if (ready) ready = taken.write(what);
  if (ready) return taken;
  if (::unlink(claim.c_str()) != 0) return fail_errno("remove", claim.string(), errno);
  return std::unexpected(ready.error());
}

Result<RestoreClaim> RestoreClaim::take_over(const fs::path& directory, const ClaimedFor& what) {
  const fs::path claim = directory / kRestoreClaim;
  FileDescriptor file(
      ::open(claim.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return fail_errno("create", claim.string(), errno);
  RestoreClaim taken(directory, std::move(file));
  if (is_held_by_another(taken.file_.get())) return claimed_by_another(directory);
  TRY(taken.write(what));
  return taken;
}

Result<> RestoreClaim::release() {
  const fs::path claim = directory_ / kRestoreClaim;
  if (::unlink(claim.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("remove", claim.string(), errno);
  }
  return sync_directory(directory_);
}

Result<std::optional<FoundClaim>> find_claim(const fs::path& directory) {
  const fs::path claim = directory / kRestoreClaim;
  const FileDescriptor file(::open(claim.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return fail_errno("open", claim.string(), errno);
  FoundClaim found{.running = is_held_by_another(file.get()), .what = {}};
  Buffer text(kMaxClaim);
  text.resize(TRY(read_some(file.get(), text, claim)));
  found.what = parse_claim(text_of(text));
  return found;
}

}  // namespace walden
