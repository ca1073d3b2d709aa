// A store in memory: for tests, and the simplest reading of the Store contract.
#pragma once

#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "common/store/store.h"

namespace walden {

class MemoryStore final : public Store {
 public:
  // Seconds since 1970, when an object is created.
  using StoreClock = std::function<std::int64_t()>;
  explicit MemoryStore(StoreClock clock = [] { return std::int64_t{std::time(nullptr)}; })
      : clock_(std::move(clock)) {}

  [[nodiscard]] std::string describe() const override { return "memory:"; }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override;
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override;
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override;
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override;

  // What a test does to an object behind everyone's back. Null when there is none.
  [[nodiscard]] Buffer* content_of(const std::string& name);
  void erase(const std::string& name);

 private:
  class MemoryUpload;
  struct Object {
    Buffer content;
    std::int64_t modified = 0;
  };
  [[nodiscard]] Result<> insert(const std::string& name, Buffer content);

  StoreClock clock_;
  std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace walden
