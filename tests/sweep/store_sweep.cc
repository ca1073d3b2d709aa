#include "tests/sweep/store_sweep.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/bytes/sealed_reader.h"

namespace walden::testing {
namespace {

using When = StoreFault::When;

constexpr std::array kKinds{ErrorKind::usage,   ErrorKind::configuration, ErrorKind::absent,
                            ErrorKind::exists,  ErrorKind::denied,        ErrorKind::transient,
                            ErrorKind::corrupt, ErrorKind::local_io};
constexpr std::array kWhens{When::before, When::halfway, When::after};
// Sanitizers look for other things than wrong answers, and take their time.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
// More calls than any command makes here: one that goes on for ever ends.
constexpr std::uint64_t kMostCalls = 500;

std::vector<std::string> names_in(MemoryStore& store) {
  std::vector<std::string> names;
  const auto listed = store.list({}, [&](const ObjectEntry& entry) -> Result<> {
    names.push_back(entry.name);
    return {};
  });
  EXPECT_TRUE(listed);
  return names;
}

struct Way {
  ErrorKind kind;
  When when;
  bool bucket;
};

std::vector<Way> every_way() {
  std::vector<Way> ways;
  for (const bool bucket : {false, true}) {
    for (const When when : kWhens) {
      for (const ErrorKind kind : kKinds) ways.push_back({kind, when, bucket});
    }
  }
  return ways;
}

// One for each moment; over 16 calls, every kind in both kinds of store.
std::vector<Way> ways_for(std::uint64_t call) {
  std::vector<Way> ways;
  for (std::size_t i = 0; i < kWhens.size(); ++i) {
    ways.push_back({kKinds[(call + 3 * i) % kKinds.size()], kWhens[i], call / 8 % 2 == 1});
  }
  return ways;
}

// What its call was; nothing when the run had fewer.
std::string run_case(MemoryStore& start, const StoreFault& fault, bool bucket,
                     const std::function<void(const SweepCase&)>& attempt) {
  MemoryStore store;
  copy_objects(start, store);
  FaultyStore faulty(store, fault, !bucket);
  const ::testing::ScopedTrace trace(__FILE__, __LINE__,
                                     to_text(fault) + (bucket ? ", in a bucket" : ""));
  attempt({store, faulty, fault, bucket});
  return faulty.struck();
}

}  // namespace

void sweep(MemoryStore& start, Ways ways, std::uint64_t at_least_calls,
           const std::function<void(const SweepCase&)>& attempt) {
  const char* chosen = std::getenv("WALDEN_SWEEP");
  const bool full = (ways == Ways::all && !kSanitized) ||
                    (chosen != nullptr && chosen == std::string_view("full"));
  int cases = 0;
  std::uint64_t call = 0;
  for (bool more = true; more && !::testing::Test::HasFatalFailure();) {
    ++call;
    ASSERT_LE(call, kMostCalls) << "the command asks without end";
    more = false;
    for (const Way& way : full ? every_way() : ways_for(call)) {
      if (run_case(start, {call, way.kind, way.when}, way.bucket, attempt).empty()) continue;
      more = true;
      ++cases;
    }
  }
  EXPECT_GE(call - 1, at_least_calls);
  ::testing::Test::RecordProperty("calls", static_cast<int>(call - 1));
  ::testing::Test::RecordProperty("cases", cases);
}

StoreState state_of(MemoryStore& store, const ObjectNames& names) {
  StoreState state;
  for (const std::string& name : names_in(store)) {
    const Buffer& content = *store.content_of(name);
    if (!name.starts_with(names.system_prefix())) {
      state[name] = text_of(content);
      continue;
    }
    StoredObjectChecker checker(names.identity(name));
    const auto written = checker.write(content);
    const auto id = checker.finish();
    EXPECT_TRUE(written && id) << name << " is not whole: " << (id ? "" : id.error().cause);
    if (id) state[name] = to_hex(*id);
  }
  return state;
}

void copy_objects(MemoryStore& from, MemoryStore& to) {
  for (const std::string& name : names_in(from)) {
    ASSERT_TRUE(create_object(to, name, *from.content_of(name)));
  }
}

}  // namespace walden::testing
