#include "tests/support/faulty_store.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace walden::testing {
namespace {

using When = StoreFault::When;

// Keeps what is read, to hand over as much of it as the fault allows.
class Keep final : public ByteSink {
 public:
  [[nodiscard]] Result<> write(ByteView bytes) override {
    content.insert(content.end(), bytes.begin(), bytes.end());
    return {};
  }
  Buffer content;
};

}  // namespace

class FaultyStore::FaultyUpload final : public Upload {
 public:
  FaultyUpload(FaultyStore& store, std::string name, std::unique_ptr<Upload> real)
      : store_(store), name_(std::move(name)), real_(std::move(real)) {}

  [[nodiscard]] Result<> write(ByteView bytes) override {
    if (!store_.strikes("write", name_)) return checked(real_->write(bytes));
    failed_ = true;
    return store_.fault();
  }
  [[nodiscard]] Result<> commit() override {
    // Whoever goes on after an error must not get an object by it.
    if (failed_) return store_.fault();
    if (!store_.strikes("commit", name_)) return real_->commit();
    if (store_.is(When::after)) (void)real_->commit();
    return store_.fault();
  }

 private:
  Result<> checked(Result<> done) {
    if (!done) failed_ = true;
    return done;
  }

  FaultyStore& store_;
  std::string name_;
  std::unique_ptr<Upload> real_;
  bool failed_ = false;
};

bool FaultyStore::strikes(std::string_view operation, std::string_view name) {
  if (++calls_ != fault_.call) return false;
  const std::lock_guard lock(mutex_);
  struck_ = std::string(operation) + " " + std::string(name);
  return true;
}

std::unexpected<Error> FaultyStore::fault() const {
  return fail(fault_.kind, "the store was made to fail: " + struck());
}

std::string FaultyStore::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

Result<std::unique_ptr<Upload>> FaultyStore::create(std::string_view name) {
  if (strikes("create", name)) return fault();
  auto upload = real_.create(name);
  if (!upload) return std::unexpected(std::move(upload).error());
  return std::make_unique<FaultyUpload>(*this, std::string(name), *std::move(upload));
}

Result<> FaultyStore::read(std::string_view name, ByteRange range, ByteSink& sink) {
  if (!strikes("read", name)) return real_.read(name, range, sink);
  if (is(When::before)) return fault();
  Keep keep;
  if (auto done = real_.read(name, range, keep); !done) return done;
  ByteView content = keep.content;
  if (is(When::halfway)) content = content.first(content.size() / 2);
  if (auto done = sink.write(content); !done) return done;
  return fault();
}

Result<ObjectEntry> FaultyStore::stat(std::string_view name) {
  if (strikes("stat", name)) return fault();
  return real_.stat(name);
}

Result<> FaultyStore::list(const ListRequest& request, const Visitor& visit) {
  if (!strikes("list", request.prefix)) return real_.list(request, visit);
  if (is(When::before)) return fault();
  std::vector<ObjectEntry> entries;
  const auto listed = real_.list(request, [&](const ObjectEntry& entry) -> Result<> {
    entries.push_back(entry);
    return {};
  });
  if (!listed) return listed;
  if (is(When::halfway)) entries.resize(entries.size() / 2);
  for (const auto& entry : entries) {
    if (auto visited = visit(entry); !visited) return visited;
  }
  return fault();
}

std::string to_text(const StoreFault& fault) {
  const char* when = fault.when == When::before    ? "before"
                     : fault.when == When::halfway ? "halfway through"
                                                   : "after";
  return "call " + std::to_string(fault.call) + " fails (" + std::string(to_string(fault.kind)) +
         ") " + when + " its effect";
}

}  // namespace walden::testing
