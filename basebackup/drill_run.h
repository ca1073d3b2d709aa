// One drill, step by step: plan, programs, restore, recovery, what is asked of the database,
// objectives, stop, cleanup. Each adds what it found to the report.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "basebackup/drill_place.h"
#include "basebackup/drill_report.h"
#include "basebackup/drill_server.h"
#include "basebackup/restore_preparation.h"
#include "common/program/policy.h"

namespace walden {

struct DrillWish {
  std::optional<std::string> target_time;  // as on the command line; none: the newest
  std::optional<std::uint64_t> seed;       // of a random moment; then no target_time
  std::string backup;                      // an id or a part of it; empty: the newest that can
  std::chrono::seconds deadline{0};        // of the recovery, and of all checks together
  bool keep_copy = false;
};

class DrillRun {
 public:
  // `told` gets each step when it is done. All references must outlive it.
  DrillRun(const DrillWish& wish, const ConfigurationOptions& options, Archive& archive,
           const Policy& policy, DrillPlace& place, DrillReport& report,
           std::function<void(const DrillStep&)> told, const std::atomic<bool>& cancel);

  // A failure of what is drilled is a step of the report. An Error: it was interrupted, or there is
  // no room for the copy, which was not begun then.
  [[nodiscard]] Result<> run();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Result<> run_steps();
  [[nodiscard]] Result<bool> plan();
  [[nodiscard]] Result<RestorePlan> make_plan();
  [[nodiscard]] Result<RestoreTarget> choose_target();
  [[nodiscard]] bool find_programs();
  [[nodiscard]] Result<bool> restore();
  [[nodiscard]] Result<bool> recover();
  [[nodiscard]] Result<> wait_for_server();
  [[nodiscard]] Result<> ask();
  void objectives();
  [[nodiscard]] Result<> finish();

  void begin_step() { step_begun_ = Clock::now(); }
  [[nodiscard]] std::chrono::milliseconds took() const;
  void add(Fact fact);        // took no time worth telling
  void add_timed(Fact fact);  // since begin_step()
  // False, with the error as a step; or the Error when it is an interruption.
  [[nodiscard]] Result<bool> failed(std::string_view step, const Error& error);

  const DrillWish& wish_;
  const ConfigurationOptions& options_;
  Archive& archive_;
  const Policy& policy_;
  DrillPlace& place_;
  DrillReport& report_;
  std::function<void(const DrillStep&)> told_;
  const std::atomic<bool>& cancel_;

  Clock::time_point step_begun_;
  std::optional<Error> no_room_;
  std::optional<RestorePlan> plan_;
  std::optional<ServerPrograms> programs_;
  bool has_settings_ = false;
  std::unique_ptr<DrillServer> server_;
};

}  // namespace walden
