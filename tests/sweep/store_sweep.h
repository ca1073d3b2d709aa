// Sweeps: the same command with the 1st, 2nd, … Nth call of the store going wrong, in every way,
// until a run has no Nth call.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "common/archive/object_names.h"
#include "common/store/memory_store.h"
#include "tests/support/faulty_store.h"

namespace walden::testing {

// One run: `store` is what is really there, a copy of its own; `faulty` is what the command sees.
struct SweepCase {
  MemoryStore& store;
  FaultyStore& faulty;
  const StoreFault& fault;
  bool bucket;  // which the command takes for one: it cannot be unmounted
};

// Each call fails in every way, or in three of the 48 ways, other ones at each call: for what takes
// its time, and with sanitizers, unless WALDEN_SWEEP=full.
enum class Ways { all, some };

// Calls `attempt` for each case, with a trace that says which it is. How many there were goes into
// the test's properties; fewer calls than `at_least_calls` are a failure: something else is swept
// than was meant.
void sweep(MemoryStore& start, Ways ways, std::uint64_t at_least_calls,
           const std::function<void(const SweepCase&)>& attempt);

// Each object's name and content id; of what is no sealed object, its bytes. An object that is not
// whole is a failure of the test.
using StoreState = std::map<std::string, std::string>;
[[nodiscard]] StoreState state_of(MemoryStore& store, const ObjectNames& names);

void copy_objects(MemoryStore& from, MemoryStore& to);

}  // namespace walden::testing
