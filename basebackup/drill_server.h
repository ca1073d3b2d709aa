// The restored copy's own server: it listens to nothing but a socket that only its user can reach,
// does nothing to the outside of its folder, and goes with this object.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/drill_place.h"
#include "basebackup/server_program.h"
#include "basebackup/server_programs.h"
#include "common/bytes/instant.h"
#include "common/postgres/server_session.h"

namespace walden {

struct DrillServerSetup {
  const ServerPrograms& programs;
  const DrillPlace& place;
  bool has_settings = false;  // postgresql.conf is in the data directory
  std::uint64_t system_identifier = 0;
};

// "name=value" of every setting that the drill decides, over what the backup says. `version`: of
// the server, 150018 for 15.18.
[[nodiscard]] std::vector<std::string> drill_settings(const DrillPlace& place, bool has_settings,
                                                      int version);

class DrillServer {
 public:
  // Starts it. `cancel` and what `setup` refers to must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<DrillServer>> start(const DrillServerSetup& setup,
                                                                  const std::atomic<bool>& cancel);

  // Until recovery has ended and it is open for writing. transient: the deadline has passed;
  // corrupt: the server has ended, with the last reason in its log.
  [[nodiscard]] Result<> wait_until_open(std::chrono::steady_clock::time_point deadline);

  // The libraries of shared_preload_libraries that are not on this host: it was started without
  // any of them.
  [[nodiscard]] const std::vector<std::string>& missing_libraries() const { return missing_; }

  struct Recovered {
    std::string replayed_to;  // LSN
    std::optional<Instant> last_commit;
    bool checksums = false;
  };
  [[nodiscard]] Result<Recovered> recovered();
  [[nodiscard]] Result<std::vector<std::string>> databases();  // that take connections

  // Names mean what PostgreSQL means by them, whatever the role's search_path says.
  [[nodiscard]] Result<ServerSession> connect(const std::string& database);
  // As the role's and the database's own settings have it.
  [[nodiscard]] Result<ServerSession> connect_as_people_do(const std::string& database);
  [[nodiscard]] const std::string& user() const { return user_; }  // the superuser's name

  // A fast shutdown, which must succeed.
  [[nodiscard]] Result<> stop();
  // The last lines of its log.
  [[nodiscard]] std::vector<std::string> log_end() const;

 private:
  DrillServer(const DrillServerSetup& setup, const std::atomic<bool>& cancel)
      : setup_(setup), cancel_(cancel) {}
  [[nodiscard]] Result<> launch();
  [[nodiscard]] Result<bool> is_open();
  [[nodiscard]] Result<> check_identity(const ServerSession& session);
  [[nodiscard]] bool retry_without_libraries();
  [[nodiscard]] std::unexpected<Error> has_ended() const;

  DrillServerSetup setup_;
  const std::atomic<bool>& cancel_;
  std::optional<ServerProgram> process_;
  std::string user_;
  std::optional<std::chrono::steady_clock::time_point> refused_since_;
  std::vector<std::string> missing_;
};

}  // namespace walden
