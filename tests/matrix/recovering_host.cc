#include "tests/matrix/recovering_host.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"
#include "tests/support/worker_processes.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStoreName = "object-store.test";
constexpr int kMegabytesOfWal = 24;

std::string text_of_process(int pid, const char* file) {
  std::ifstream stream(fs::path("/proc") / std::to_string(pid) / file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int parent_of(int pid) {
  const std::string status = text_of_process(pid, "stat");
  const auto name_end = status.rfind(") ");
  return name_end == std::string::npos ? 0 : std::stoi(status.substr(name_end + 4));
}

void must_run(const Command& command) {
  const Outcome outcome = run(command);
  if (outcome.exit_code != 0) throw std::runtime_error(command.argv[0] + ": " + outcome.err);
}

// A segment that recovery comes to after the other; on any timeline.
bool is_later(std::string_view name, std::string_view other) {
  constexpr std::size_t kTimeline = 8;
  return name.size() == other.size() && name.substr(kTimeline) > other.substr(kTimeline);
}

// Signed by itself, and so by nobody who is trusted but through this very file.
std::string make_certificate(const fs::path& folder, const std::string& name) {
  const fs::path key = folder / (name + ".key");
  const fs::path certificate = folder / (name + ".crt");
  must_run(
      {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate}});
  fs::permissions(certificate, fs::perms{0644});
  write_text(folder / (name + ".pem"), read_text(key) + read_text(certificate));
  return folder / (name + ".pem");
}

}  // namespace

RecoveringHost::RecoveringHost(const OutageCase& chosen) : chosen_(chosen) {
  give_to_server_user(folder_.path());
  if (chosen_.outage == Outage::dns_fails) {
    hosts_ = std::make_unique<PrivateHosts>();
    hosts_->know(kStoreName);
  }
  make_gate();
  configure();
  make_data_directory();
  const std::string object = object_of_outage();
  gate_->arm({.object = object,
              .fault = gate_fault(chosen_.outage),
              .also = [this] { bring_outage(); },
              .holds = [object](std::string_view name) { return is_later(name, object); },
              .befalls = befallen()});
}

RecoveringHost::~RecoveringHost() {
  server_.reset();
  kill_processes_with(mark());
}

void RecoveringHost::make_data_directory() {
  const fs::path data = folder_ / "data";
  must_run({.argv = {"cp", "--archive", "--reflink=auto", archive_.pgdata, data}});
  if (chosen_.outage == Outage::disk_full) {
    fs::create_directory(folder_ / "wal-disk");
    disk_ = std::make_unique<SmallDisk>(folder_ / "wal-disk", kMegabytesOfWal);
    give_to_server_user(folder_ / "wal-disk");
    must_run({.argv = {"cp", "--archive", data / "pg_wal", folder_ / "wal-disk/pg_wal"}});
    fs::remove_all(data / "pg_wal");
    fs::create_directory_symlink(folder_ / "wal-disk/pg_wal", data / "pg_wal");
  }
  server_ = std::make_unique<PostgresServer>(data);
  server_->set("restore_command",
               fmt::format("env {} WALDEN_WORKER_DIRECTORY={} {} %f %p", mark(),
                           (folder_ / "workers").string(), program_for_server_user("wal-fetch")));
  server_->set("archive_mode", "off");
  server_->set("checkpoint_timeout", "1h");
  server_->set("wal_retrieve_retry_interval", "100ms");
  if (chosen_.recovery == Recovery::to_a_time) {
    server_->set("recovery_target_time", archive_.target_time);
    server_->set("recovery_target_action", "promote");
  }
  if (chosen_.recovery == Recovery::standby ||
      chosen_.recovery == Recovery::standby_promoted_meanwhile) {
    fs::rename(data / "recovery.signal", data / "standby.signal");
  }
}

void RecoveringHost::make_gate() {
  GateOptions options;
  if (chosen_.on_s3) {
    put_archive_into_a_bucket();
    const std::string& upstream = s3_server().endpoint;
    options.upstream_port =
        static_cast<std::uint16_t>(std::stoi(upstream.substr(upstream.rfind(':') + 1)));
  } else {
    set_s3_variables({{"AWS_ACCESS_KEY_ID", "key"},
                      {"AWS_SECRET_ACCESS_KEY", "secret"},
                      {"AWS_CONFIG_FILE", "/dev/null"},
                      {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}});
    fake_bucket_ = std::make_unique<FolderBucket>(archive_.store);
    options.upstream_port = fake_bucket_->port();
  }
  if (chosen_.outage == Outage::certificate_wrong) {
    options.certificate = Certificate{make_certificate(folder_.path(), "right")};
    options.wrong_certificate = Certificate{make_certificate(folder_.path(), "wrong")};
  }
  gate_ = std::make_unique<StoreGate>(options);
}

void RecoveringHost::put_archive_into_a_bucket() {
  bucket_ = std::make_unique<S3Bucket>();
  for (const auto& entry : fs::recursive_directory_iterator(archive_.store)) {
    const std::string name = fs::relative(entry.path(), archive_.store);
    if (!entry.is_regular_file() || name.contains("/backup/")) continue;
    bucket_->must_send("PUT", name, {}, read_text(entry.path()));
  }
  S3Variables variables = s3_variables(s3_server().endpoint, s3_server().owner);
  variables.erase("AWS_ENDPOINT_URL_S3");
  set_s3_variables(variables);
}

// The gate's name is localhost, because the real server knows itself by that name only.
void RecoveringHost::configure() const {
  const bool tls = chosen_.outage == Outage::certificate_wrong;
  std::string text = fmt::format(
      "cluster = \"orders\"\nstore = \"{}\"\ns3_endpoint = \"{}://{}:{}\"\ns3_region = \"{}\"\n"
      "fetch_deadline = \"1s\"\nstandby_deadline = \"1s\"\n",
      bucket_ ? bucket_->url() : FolderBucket::url(), tls ? "https" : "http",
      hosts_ ? kStoreName : "localhost", gate_->port(), bucket_ ? s3_server().region : "us-east-1");
  if (tls) text += fmt::format("s3_ca_file = \"{}\"\n", (folder_ / "right.crt").string());
  write_text(configuration(), text);
}

std::string RecoveringHost::object_of_outage() const {
  switch (chosen_.place) {
    case Place::before_consistency:
      return archive_.before_consistency;
    case Place::mid_replay:
      return archive_.in_the_middle;
    case Place::last_segment:
      return chosen_.recovery == Recovery::to_a_time ? archive_.target_segment
                                                     : archive_.last_segment;
    case Place::on_a_history:
      break;
  }
  return archive_.history;
}

// A history alone is the worst: what is left of the archive looks whole, up to where it branched
// off.
std::function<bool(std::string_view)> RecoveringHost::befallen() const {
  if (chosen_.place != Place::on_a_history) return {};
  return [](std::string_view name) { return name.ends_with(".history"); };
}

std::string RecoveringHost::mark() const {
  return "WALDEN_CONFIG=" + configuration().string();
}

// Front ends, or what became of them, that PostgreSQL waits for.
std::vector<int> RecoveringHost::callers_of(const std::string& name) const {
  const std::string argument = '\0' + name + '\0';
  std::vector<int> callers;
  for (const int pid : processes_with(mark())) {
    const std::string line = text_of_process(pid, "cmdline");
    // The keeper of a worker has its caller's words, too, but nobody waits for it.
    if (line.contains(argument) && !is_serving(pid) && line.contains(std::string("\0pg_wal/", 8)) &&
        ::getsid(pid) != pid) {
      callers.push_back(pid);
    }
  }
  return callers;
}

void RecoveringHost::wait_until_server_asks_for(const std::string& name) const {
  const bool asked = eventually([&] { return !callers_of(name).empty(); });
  EXPECT_TRUE(asked) << "the server does not ask for " << name;
}

// While the request for the object of the outage waits at the gate, and those for later ones.
void RecoveringHost::bring_outage() {
  if (gate_fault(chosen_.outage) != GateFault::none) return;
  // All that was asked for before has arrived then, be it ahead.
  wait_until_server_asks_for(object_of_outage());
  switch (chosen_.outage) {
    case Outage::dns_fails:
      hosts_->forget_all();
      // Who has looked the name up knows it for another minute.
      kill_those_that([this] { return workers(); });
      return gate_->cut_connections();
    case Outage::disk_full:
      return disk_->fill();
    case Outage::configuration_unreadable:
      return make_configuration_unreadable();
    case Outage::front_end_killed:
      return kill_those_that([this] { return callers_of(object_of_outage()); });
    case Outage::worker_killed:
      return kill_those_that([this] { return workers(); });
    case Outage::workers_keeper_killed:
      return kill_those_that([this] { return keepers_of_workers(); });
    default:
      return;
  }
}

void RecoveringHost::kill_those_that(const std::function<std::vector<int>()>& find) const {
  std::vector<int> victims;
  const bool found = eventually([&] { return !(victims = find()).empty(); });
  EXPECT_TRUE(found) << "there is nothing to kill";
  for (const int pid : victims) {
    if (pid > 1) ::kill(pid, SIGKILL);
  }
}

std::vector<int> RecoveringHost::workers() const {
  auto found = processes_with(mark());
  std::erase_if(found, [](int pid) { return !is_serving(pid); });
  return found;
}

std::vector<int> RecoveringHost::keepers_of_workers() const {
  auto found = workers();
  std::ranges::transform(found, found.begin(), parent_of);
  return found;
}

// As a configuration tool does that puts a new file into place, with the wrong owner.
void RecoveringHost::make_configuration_unreadable() const {
  const fs::path changed = folder_ / "walden.toml.new";
  fs::copy_file(configuration(), changed);
  fs::permissions(changed, fs::perms::none);
  fs::rename(changed, configuration());
}

void RecoveringHost::lift_outage() {
  if (hosts_) hosts_->know(kStoreName);
  if (disk_) disk_->free();
  fs::permissions(configuration(), fs::perms{0644});
  gate_->lift();
}

std::string RecoveringHost::rows() {
  return server_->value(
      "select case when count(*) = coalesce(max(n), 0) then count(*)::text"
      " else count(*) || ' up to ' || max(n) end"
      " from rows where n > 0 and md5(filler) = digest");
}

std::string RecoveringHost::expected_rows() const {
  return std::to_string(chosen_.recovery == Recovery::to_a_time ? archive_.rows_at_target
                                                                : archive_.rows);
}

std::string RecoveringHost::first_complaint() const {
  const std::string log = server_->log();
  auto begin = log.find("wal-fetch: ");
  if (begin == std::string::npos) begin = log.find("FATAL:  could not restore");
  if (begin == std::string::npos) return {};
  return log.substr(begin, log.find('\n', begin) - begin);
}

bool RecoveringHost::is_open() const {
  return said("ready to accept connections") > 0 || said("archive recovery complete") > 0;
}

std::size_t RecoveringHost::said(const std::string& text) const {
  const std::string log = server_->log();
  std::size_t count = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
  return count;
}

}  // namespace walden::testing
