#include "common/store/memory_store.h"

#include <algorithm>

#include "common/store/object_error.h"

namespace walden {

class MemoryStore::MemoryUpload final : public Upload {
 public:
  MemoryUpload(MemoryStore& store, std::string name) : store_(store), name_(std::move(name)) {}

  [[nodiscard]] Result<> write(ByteView bytes) override {
    content_.insert(content_.end(), bytes.begin(), bytes.end());
    return {};
  }
  [[nodiscard]] Result<> commit() override { return store_.insert(name_, std::move(content_)); }

 private:
  MemoryStore& store_;
  std::string name_;
  Buffer content_;
};

Result<std::unique_ptr<Upload>> MemoryStore::create(std::string_view name) {
  TRY(check_object_name(name));
  return std::make_unique<MemoryUpload>(*this, std::string(name));
}

Result<> MemoryStore::insert(const std::string& name, Buffer content) {
  const std::scoped_lock lock(mutex_);
  Object object{std::move(content), clock_()};
  if (!objects_.try_emplace(name, std::move(object)).second) return object_exists(*this, name);
  return {};
}

Result<> MemoryStore::read(std::string_view name, ByteRange range, ByteSink& sink) {
  TRY(check_object_name(name));
  Buffer copy;  // so that the sink may use the store itself
  {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(name);
    if (found == objects_.end()) return object_absent(*this, name);
    const ByteView content = found->second.content;
    const auto offset = std::min<std::uint64_t>(range.offset, content.size());
    const auto length = std::min<std::uint64_t>(range.length, content.size() - offset);
    const ByteView wanted = content.subspan(offset, length);
    copy.assign(wanted.begin(), wanted.end());
  }
  return copy.empty() ? Result<>{} : sink.write(copy);
}

Result<ObjectEntry> MemoryStore::stat(std::string_view name) {
  TRY(check_object_name(name));
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) return object_absent(*this, name);
  return ObjectEntry{found->first, found->second.content.size(), found->second.modified};
}

Result<> MemoryStore::list(const ListRequest& request, const Visitor& visit) {
  std::vector<ObjectEntry> entries;
  {
    const std::scoped_lock lock(mutex_);
    auto next = request.start_after < request.prefix ? objects_.lower_bound(request.prefix)
                                                     : objects_.upper_bound(request.start_after);
    for (; next != objects_.end() && next->first.starts_with(request.prefix); ++next) {
      entries.push_back({next->first, next->second.content.size(), next->second.modified});
    }
  }
  for (const ObjectEntry& entry : entries) TRY(visit(entry));
  return {};
}

Buffer* MemoryStore::content_of(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(name);
  return found == objects_.end() ? nullptr : &found->second.content;
}

void MemoryStore::erase(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  objects_.erase(name);
}

}  // namespace walden
