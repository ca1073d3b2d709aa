#include "basebackup/start_copy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>

#include "basebackup/shell_word.h"
#include "common/bytes/file_descriptor.h"
#include "common/postgres/control_file.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// Debian and the packages of postgresql.org keep the servers' programs out of PATH.
std::string pg_ctl(int major, const fs::path& root) {
  for (const auto& folder :
       {fmt::format("usr/lib/postgresql/{}/bin", major), fmt::format("usr/pgsql-{}/bin", major)}) {
    const fs::path program = root / folder / "pg_ctl";
    if (is_there(program)) return shell_word(program.string());
  }
  return "pg_ctl";
}

fs::path log_of(const CopyToStart& copy) {
  return copy.made_directory ? fs::path(copy.pgdata.string() + ".log") : copy.pgdata / "start.log";
}

// postgresql.conf from elsewhere names the old server's directory and PID file: data_directory
// there wins over -D, and without settings here the ORIGINAL directory would be started, or its PID
// file be overwritten, and removed when the copy stops.
std::string foreign_settings(const CopyToStart& copy) {
  std::string options;
  for (const auto& setting : {std::string("config_file=/path/to/postgresql.conf"),
                              "data_directory=" + copy.pgdata.string(),
                              "external_pid_file=" + log_of(copy).string() + ".pid"}) {
    options += " \\\n    -o " + shell_word("-c " + shell_word(setting));
  }
  return options;
}

StartOfCopy with_pg_ctl(const CopyToStart& copy, const fs::path& root) {
  const fs::path log = log_of(copy);
  const std::string as_user = copy.user.empty() ? "" : fmt::format("runuser -u {} -- ", copy.user);
  return {fmt::format("  {}{} -D {} \\\n    -l {} -o '-p {}'{} start\n", as_user,
                      pg_ctl(copy.major, root), shell_word(copy.pgdata.string()),
                      shell_word(log.string()), copy.port,
                      copy.has_settings ? "" : foreign_settings(copy)),
          log,
          {}};
}

std::set<std::string> debian_clusters(const fs::path& clusters) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(clusters, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path path = entry->path();
    if (is_there(path / "postgresql.conf")) names.insert(path.filename().string());
  }
  return names;
}

// As Debian writes it: data_directory = '/var/lib/postgresql/15/main'   # ...
fs::path data_directory_in(const fs::path& settings) {
  std::ifstream file(settings);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("data_directory")) continue;
    const auto begin = line.find('\'') + 1;
    const auto end = line.find('\'', begin);
    if (begin != 0 && end != std::string::npos) return line.substr(begin, end - begin);
  }
  return {};
}

// The cluster whose settings the copy takes: the one that was backed up, where its directory can
// still tell; else the one that the packages make.
std::optional<std::string> old_debian_cluster(const CopyToStart& copy, const fs::path& clusters) {
  const auto names = debian_clusters(clusters);
  for (const auto& name : names) {
    const fs::path pgdata = data_directory_in(clusters / name / "postgresql.conf");
    if (!pgdata.is_absolute()) continue;
    const auto control = read_control_file(pgdata);
    if (control && control->system_identifier == copy.system_identifier) return name;
  }
  if (names.empty()) return std::nullopt;
  return names.contains("main") ? "main" : *names.begin();
}

// Debian's tools take letters, digits, '_', '.' and '-', and systemd stumbles over a '-'.
std::string free_cluster_name(const CopyToStart& copy, const fs::path& clusters) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const std::string own = copy.pgdata.filename().string();
  const std::string name = !own.empty() && std::ranges::all_of(own, fits) ? own : "restored";
  std::string free = name;
  for (int number = 2; is_there(clusters / free); ++number) {
    free = fmt::format("{}{}", name, number);
  }
  return free;
}

// pg_ctlcluster finds a cluster by its settings: a copy of the old one's with its own names.
StartOfCopy with_debian_tools(const CopyToStart& copy, const fs::path& clusters,
                              const std::string& old) {
  const std::string name = free_cluster_name(copy, clusters);
  const fs::path settings = clusters / name;
  return {fmt::format("  cp -a {0}/{2} {0}/{3}\n"
                      "  sed -i -e 's#{1}/{2}#{1}/{3}#; s#{1}-{2}#{1}-{3}#' \\\n"
                      "    -e 's/^#*port *=.*/port = {4}/' \\\n"
                      "    -e \"s|^#*data_directory *=.*|data_directory = '{5}'|\" \\\n"
                      "    {0}/{3}/postgresql.conf\n"
                      "  pg_ctlcluster {1} {3} start\n",
                      clusters.string(), copy.major, old, name, copy.port, copy.pgdata.string()),
          fmt::format("/var/log/postgresql/postgresql-{}-{}.log", copy.major, name),
          settings / "environment"};
}

bool answers(int family, const sockaddr* address, socklen_t size) {
  const FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket.get() >= 0 && ::connect(socket.get(), address, size) == 0;
}

bool listens(std::uint16_t port) {
  for (const char* folder : {"/var/run/postgresql", "/tmp"}) {
    if (is_there(fmt::format("{}/.s.PGSQL.{}", folder, port))) return true;
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return answers(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four);
}

}  // namespace

StartOfCopy start_of_copy(const CopyToStart& copy, const fs::path& root) {
  if (copy.has_settings) return with_pg_ctl(copy, root);
  const fs::path clusters = root / "etc/postgresql" / std::to_string(copy.major);
  const auto old = old_debian_cluster(copy, clusters);
  const std::string pgdata = copy.pgdata.string();
  // The path becomes part of a sed script.
  if (!old || shell_word(pgdata) != pgdata) return with_pg_ctl(copy, root);
  return with_debian_tools(copy, clusters, *old);
}

std::uint16_t free_port(std::uint16_t first) {
  constexpr std::uint16_t kTries = 100;
  for (std::uint16_t port = first; port < first + kTries; ++port) {
    if (!listens(port)) return port;
  }
  return first;
}

}  // namespace walden
