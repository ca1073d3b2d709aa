#include "tests/support/postgres_template.h"

#include <fcntl.h>
#include <sys/file.h>

#include <stdexcept>

#include "common/bytes/file_descriptor.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

void run_or_throw(const Command& command) {
  const auto outcome = run(command);
  if (outcome.exit_code != 0) {
    throw std::runtime_error(command.argv[0] + " failed: " + outcome.out + outcome.err);
  }
}

void run_initdb(const fs::path& pgdata, const ServerOptions& options) {
  Command command{.argv = {postgres_program("initdb"), "--no-sync", "--auth=trust",
                           "--username=postgres", "--no-locale", "--encoding=UTF8",
                           "--wal-segsize=" + std::to_string(options.segment_megabytes),
                           "--pgdata=" + pgdata.string()},
                  .timeout = std::chrono::seconds(120)};
  if (options.data_checksums) command.argv.emplace_back("--data-checksums");
  if (options.group_access) command.argv.emplace_back("--allow-group-access");
  run_or_throw(as_server_user(command));
}

std::string template_name(const ServerOptions& options) {
  std::string name = std::to_string(std::hash<std::string>{}(postgres_program("initdb")));
  name += "-" + std::to_string(options.segment_megabytes) + "mb";
  if (options.data_checksums) name += "-checksums";
  if (options.group_access) name += "-group";
  return name;
}

void copy_tree(const fs::path& from, const fs::path& to) {
  run_or_throw({.argv = {"cp", "--archive", "--reflink=auto", from.string(), to.string()}});
}

// Test programs run at the same time: one makes the template, the others wait for the lock.
FileDescriptor lock(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!file || ::flock(file.get(), LOCK_EX) != 0) {
    throw std::runtime_error("cannot lock " + path.string());
  }
  return file;
}

fs::path kept_template(const ServerOptions& options) {
  const fs::path root = fs::path(WALDEN_BIN_DIR).parent_path() / "initdb-templates";
  fs::create_directories(root);
  const fs::path kept = root / template_name(options);
  const auto locked = lock(kept.string() + ".lock");
  if (fs::exists(kept)) return kept;
  // The build directory may be closed to the server user, so initdb runs in a folder of its own.
  const TemporaryDirectory scratch;
  give_to_server_user(scratch.path());
  run_initdb(scratch / "data", options);
  fs::remove_all(kept.string() + ".new");
  copy_tree(scratch / "data", kept.string() + ".new");
  fs::rename(kept.string() + ".new", kept);
  return kept;
}

}  // namespace

void make_data_directory(const fs::path& pgdata, const ServerOptions& options) {
  if (options.own_identity) return run_initdb(pgdata, options);
  copy_tree(kept_template(options), pgdata);
}

}  // namespace walden::testing
