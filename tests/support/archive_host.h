// A host with a data directory, a configuration and a store in a folder, on which the built
// wal-push and wal-fetch are run as PostgreSQL would: in the data directory, with pg_wal/NAME.
// Their workers have a folder of their own for each host, and end with it.
#pragma once

#include <gtest/gtest.h>

#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/bytes/key_file.h"
#include "common/store/directory_store.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"
#include "tests/support/worker_processes.h"

namespace walden::testing {

inline constexpr std::uint64_t kSystem = SegmentSpec{}.system_identifier;
inline constexpr std::uint64_t kOtherSystem = 7000000000000000001;

class ArchiveHost {
 public:
  // With a marker and a control file, both of kSystem.
  ArchiveHost() {
    std::filesystem::create_directories(store_directory());
    std::filesystem::create_directories(wal() / "archive_status");
    write_control_file(pgdata(), kSystem);
    configure();
    write_marker(kSystem);
  }
  ArchiveHost(const ArchiveHost&) = delete;
  ArchiveHost& operator=(const ArchiveHost&) = delete;
  ~ArchiveHost() { kill_processes_with(mark()); }

  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path pgdata() const { return folder_ / "pgdata"; }
  [[nodiscard]] std::filesystem::path wal() const { return pgdata() / "pg_wal"; }
  [[nodiscard]] std::filesystem::path store_directory() const { return folder_ / "store"; }
  [[nodiscard]] std::filesystem::path marker() const {
    return store_directory() / marker_name("orders");
  }
  [[nodiscard]] std::filesystem::path object(std::string_view wal_name,
                                             std::uint64_t system = kSystem) const {
    const ObjectNames names("orders", system);
    return store_directory() / names.wal(WalName::parse(wal_name).value());
  }

  void write_marker(std::uint64_t system) const {
    DirectoryStore store(store_directory());
    const auto created = create_marker(store, {"orders", system, "2026-11-21T00:00:00Z"});
    ASSERT_TRUE(created) << created.error().cause;
  }

  // walden.toml: cluster and store, and these lines.
  void configure(const std::string& more = {}) const {
    write_text(folder_ / "walden.toml", "cluster = \"orders\"\nstore = \"file://" +
                                            store_directory().native() + "\"\n" + more + "\n");
  }

  // A new key in `folder()/name`; returns the recipient's text.
  [[nodiscard]] std::string make_key(const std::string& name) const {
    const SecretKey key = SecretKey::generate();
    const auto written = write_secret_key(folder_ / name, key, nullptr);
    EXPECT_TRUE(written) << written.error().cause;
    return key.recipient().to_text();
  }

  [[nodiscard]] Command push(const std::vector<std::string>& arguments) const {
    return command("wal-push", arguments);
  }
  [[nodiscard]] Command fetch(const std::vector<std::string>& arguments) const {
    return command("wal-fetch", arguments);
  }
  // As archive_command and restore_command do.
  [[nodiscard]] Outcome push_named(const std::string& name) const {
    return run(push({"pg_wal/" + name, name}));
  }
  [[nodiscard]] Outcome fetch_named(const std::string& name,
                                    const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {name, "pg_wal/RECOVERYXLOG"});
    return run(fetch(arguments));
  }
  [[nodiscard]] std::filesystem::path delivered() const { return wal() / "RECOVERYXLOG"; }

  // Workers, what is about to become one, and the process above it. Nobody else once the calls have
  // ended.
  [[nodiscard]] std::vector<int> workers() const { return processes_with(mark()); }
  [[nodiscard]] std::filesystem::path worker_directory() const { return folder_ / "w"; }

  // Waits until one listens, and until it is the only process of this host: its number.
  [[nodiscard]] int only_worker() const {
    const bool listens = eventually([&] { return a_worker_listens_in(worker_directory()); });
    EXPECT_TRUE(listens) << "no worker listens";
    EXPECT_TRUE(eventually([&] { return serving().size() == 1; })) << serving().size();
    const auto found = serving();
    if (found.empty()) throw std::runtime_error("the worker is gone");
    return found.front();
  }
  [[nodiscard]] bool loses_its_workers() const {
    return eventually([&] { return workers().empty(); });
  }

  // Files in pg_wal and in the store that no one asked for.
  [[nodiscard]] int temporaries() const {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      if (entry.path().filename().native().starts_with('.')) ++count;
    }
    return count;
  }

 private:
  [[nodiscard]] std::vector<int> serving() const {
    auto found = workers();
    std::erase_if(found, [](int pid) { return !is_serving(pid); });
    return found;
  }
  [[nodiscard]] std::string mark() const {
    return "WALDEN_CONFIG=" + (folder_ / "walden.toml").native();
  }
  [[nodiscard]] Command command(const std::string& name,
                                const std::vector<std::string>& arguments) const {
    Command command;
    command.argv = {program(name)};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = pgdata();
    command.environment["WALDEN_CONFIG"] = folder_ / "walden.toml";
    command.environment["WALDEN_WORKER_DIRECTORY"] = worker_directory();
    return command;
  }

  TemporaryDirectory folder_;
};

// Changes one byte of a file in the middle.
inline void damage(const std::filesystem::path& path) {
  std::string content = read_text(path);
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  write_text(path, content);
}

}  // namespace walden::testing
