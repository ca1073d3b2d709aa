// A store one of whose calls goes wrong: the Nth, counted over every operation and every thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "common/store/store.h"

namespace walden::testing {

struct StoreFault {
  enum class When {
    before,   // nothing happened
    halfway,  // of what is read or listed, half was handed over; else as before
    after,    // it took effect, and the answer was lost
  };
  std::uint64_t call = 0;  // the first is 1; 0: never
  ErrorKind kind = ErrorKind::transient;
  When when = When::before;
};

// What counts as a call: create, each write of an upload, commit, read, stat, list. An upload that
// failed once does not become an object any more, unless it was its commit that lost the answer.
class FaultyStore final : public Store {
 public:
  // `real` must outlive it. `unmountable`: what may_be_unmounted() says.
  explicit FaultyStore(Store& real, StoreFault fault = {}, bool unmountable = true)
      : real_(real), fault_(fault), unmountable_(unmountable) {}

  [[nodiscard]] std::string describe() const override { return real_.describe(); }
  [[nodiscard]] bool may_be_unmounted() const override { return unmountable_; }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override;
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override;
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override;
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override;

  // The call that went wrong, as "read orders/cluster.json"; empty: there were fewer calls.
  [[nodiscard]] std::string struck() const;

 private:
  class FaultyUpload;
  [[nodiscard]] bool strikes(std::string_view operation, std::string_view name);
  [[nodiscard]] std::unexpected<Error> fault() const;
  [[nodiscard]] bool is(StoreFault::When when) const { return fault_.when == when; }

  Store& real_;
  const StoreFault fault_;
  const bool unmountable_;
  std::atomic<std::uint64_t> calls_ = 0;
  mutable std::mutex mutex_;  // guards struck_
  std::string struck_;
};

[[nodiscard]] std::string to_text(const StoreFault& fault);

}  // namespace walden::testing
