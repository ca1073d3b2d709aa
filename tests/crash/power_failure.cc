#include "tests/crash/power_failure.h"

#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "power-loss.so";

void make_directory(const fs::path& path) {
  fs::create_directory(path);
  fs::permissions(path, fs::perms::owner_all);
  give_to_server_user(path);
}

}  // namespace

std::string power_failure_is_missing() {
#ifdef __SANITIZE_ADDRESS__
  return "a sanitizer must come before the library that takes down what is durable";
#else
  return {};
#endif
}

PowerFailure::PowerFailure(fs::path root) : root_(std::move(root)), log_(folder_ / "log") {
  fs::permissions(folder_.path(), fs::perms{0755});
  fs::copy_file(program(kLibrary), folder_ / kLibrary);
  make_directory(folder_ / "log");
  keep_tree(root_);
}

void PowerFailure::keep_tree(const fs::path& directory) const {
  log_.take_down(directory)->commit();
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.is_symlink()) continue;
    if (entry.is_directory()) {
      keep_tree(entry.path());
    } else if (const auto record = log_.take_down(entry.path())) {
      record->commit();
    }
  }
}

Command PowerFailure::on_disk(Command command) const {
  command.environment["LD_PRELOAD"] = folder_ / kLibrary;
  command.environment["POWER_LOSS_ROOT"] = root_;
  command.environment["POWER_LOSS_LOG"] = folder_ / "log";
  return command;
}

std::string PowerFailure::shell_prefix() const {
  std::string prefix;
  for (const auto& [name, value] : on_disk({}).environment) prefix += name + "=" + value + " ";
  return prefix;
}

void PowerFailure::restore_to(const fs::path& to, Loss loss) const {
  if (loss == Loss::contents) {
    restore_contents(root_, to);
  } else {
    restore_directory(DurableLog::identity_of(root_, true), to);
  }
}

// A directory that was never synced has no entries.
void PowerFailure::restore_directory(const std::string& identity, const fs::path& to) const {
  make_directory(to);
  const fs::path listing = log_.listing(identity);
  if (!fs::exists(listing)) return;
  for (const auto& entry : DurableLog::read_listing(listing)) {
    const fs::path path = to / entry.name;
    if (entry.kind == 'd') {
      restore_directory(entry.target, path);
    } else if (entry.kind == 'l') {
      fs::create_symlink(entry.target, path);
      give_to_server_user(path);
    } else {
      restore_file(entry.target, path);
    }
  }
  fs::permissions(to, fs::status(listing).permissions());
}

void PowerFailure::restore_contents(const fs::path& from, const fs::path& to) const {
  make_directory(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path path = to / entry.path().filename();
    if (entry.is_symlink()) {
      fs::copy_symlink(entry.path(), path);
      give_to_server_user(path);
    } else if (entry.is_directory()) {
      restore_contents(entry.path(), path);
    } else {
      restore_file(DurableLog::identity_of(entry.path(), false), path);
    }
  }
  fs::permissions(to, fs::status(from).permissions());
}

// A file that was never synced is there, and empty.
void PowerFailure::restore_file(const std::string& identity, const fs::path& to) const {
  const fs::path content = log_.content(identity);
  if (fs::exists(content)) {
    fs::copy_file(content, to);
  } else {
    write_text(to, "");
  }
  give_to_server_user(to);
}

}  // namespace walden::testing
