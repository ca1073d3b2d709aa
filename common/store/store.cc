#include "common/store/store.h"

#include <algorithm>

namespace walden {
namespace {

constexpr std::size_t kMaxNameSize = 900;

bool valid_part(std::string_view part) {
  return !part.empty() && part.front() != '.' &&
         std::ranges::all_of(part, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool valid_object_name(std::string_view name) {
  if (name.size() > kMaxNameSize) return false;
  for (;;) {
    const auto slash = name.find('/');
    if (!valid_part(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

Result<Buffer> read_object(Store& store, std::string_view name, std::size_t limit) {
  BufferSink sink(limit);
  if (auto read = store.read(name, {}, sink); !read) {
    // Only the sink's own refusal lacks the object's name.
    if (read.error().kind == ErrorKind::corrupt) return std::unexpected(read.error().within(name));
    return std::unexpected(std::move(read).error());
  }
  return sink.take();
}

Result<> create_object(Store& store, std::string_view name, ByteView content) {
  auto upload = TRY(store.create(name));
  TRY(upload->write(content));
  return upload->commit();
}

}  // namespace walden
