// A store and its eraser that stop before every call, for what else happens at that moment.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/store/eraser.h"
#include "common/store/store.h"

namespace walden::testing {

// `before_call` is called for each call of either, not for what it does itself to the real ones.
class SteppedStore final : public Store {
 public:
  SteppedStore(Store& real, std::function<void()> before_call)
      : real_(real), before_call_(std::move(before_call)) {}

  [[nodiscard]] std::string describe() const override { return real_.describe(); }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    before_call_();
    return real_.create(name);
  }
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    before_call_();
    return real_.read(name, range, sink);
  }
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override {
    before_call_();
    return real_.stat(name);
  }
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override {
    before_call_();
    return real_.list(request, visit);
  }

 private:
  Store& real_;
  std::function<void()> before_call_;
};

class SteppedEraser final : public Eraser {
 public:
  SteppedEraser(Eraser& real, std::function<void()> before_call)
      : real_(real), before_call_(std::move(before_call)) {}
  [[nodiscard]] Result<Erased> erase(std::string_view name) override {
    before_call_();
    return real_.erase(name);
  }

 private:
  Eraser& real_;
  std::function<void()> before_call_;
};

}  // namespace walden::testing
