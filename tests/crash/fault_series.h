// One command, failed at its 1st, 2nd, … nth system call of each kind, until it has no nth.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/crash/fault_run.h"

namespace walden::testing {

// An effect, and the calls that it makes sense at.
struct FaultKind {
  std::string effect;
  std::vector<std::string> calls;
};

inline void PrintTo(const FaultKind& kind, std::ostream* out) {
  *out << kind.effect;
}

// Killed: before each call that changes something, opens something, or tells somebody.
[[nodiscard]] const FaultKind& killed();
// The disk is full, the device is broken, no descriptor is left.
[[nodiscard]] const FaultKind& disk_full();
[[nodiscard]] const FaultKind& broken_device();
[[nodiscard]] const FaultKind& no_descriptors();
[[nodiscard]] std::vector<FaultKind> every_kind();
// "KILL", "EIO": for a test's name.
[[nodiscard]] std::string name_of_test(const ::testing::TestParamInfo<FaultKind>& test);

struct FaultSeries {
  // The state before the command, made anew for each run, and the command.
  std::function<Command()> prepare;
  // What must hold after the run that met the fault.
  std::function<void(const Fault&, const Outcome&)> check;
  // Calls whose number is another one in each run: not every one of the first run's is met. What a
  // run has more of than the first is always tried.
  std::set<std::string> varying{};
};

// Every call with WALDEN_TEST_ALL=1 in the environment. Else a sample: wide, all of fsync, syncfs,
// link, rename and mkdir, and of each other call the first, the last, and one between them; narrow,
// for what takes long, of fsync, syncfs, link, rename and writes the first and the last. Says how
// many points there were and how many it tried. WALDEN_TEST_PART=2/8 in the environment: the second
// eighth of the chosen points only, for a round that would take hours in one piece.
enum class Sample { wide, narrow };
void fail_at_each_call(const FaultKind& kind, const FaultSeries& series,
                       Sample sample = Sample::wide);

// Why there can be none of this here. Tests skip with the reason:
//   WALDEN_SKIP_WITHOUT_FAULTS();
[[nodiscard]] std::string faults_are_missing();

// Whether this run is one of those that try everything.
[[nodiscard]] bool every_point_is_tried();

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_FAULTS()                                                      \
  if (const auto no_faults = ::walden::testing::faults_are_missing(); !no_faults.empty()) \
  GTEST_SKIP() << no_faults
