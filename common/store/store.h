// A store keeps objects under names; objects are created once and never changed.
//
// Names are relative paths of printable ASCII with '/' between parts (valid_object_name). A Store
// is safe to use from several threads at once; an Upload belongs to one thread.
//
// Errors, the same for every store (tests/store/store_contract_test.cc holds them to it):
//   usage          a name that is none
//   absent         the store is there, and positively has no such object
//   exists         create: something has that name already; nothing was changed
//   configuration  the store itself (directory, bucket) is not there
//   denied         no permission
//   transient      network, timeout, throttling, a body that ended early
//   local_io       a directory store's disk, or something there that is no object
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes/bytes.h"

namespace walden {

// An object on its way into the store. It becomes visible, whole and durable, when commit() returns
// success, and not at all otherwise: destroyed without commit, it is aborted and leaves nothing
// that could be taken for an object.
class Upload : public ByteSink {
 public:
  [[nodiscard]] virtual Result<> commit() = 0;
};

struct ObjectEntry {
  std::string name;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds since 1970, by the store's clock
};

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();  // to the end of the object
};

struct ListRequest {
  std::string prefix;       // names that start with it, in ascending byte order
  std::string start_after;  // only names greater than this one; empty: all
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  // The URL it was opened with, without anything secret: for messages.
  [[nodiscard]] virtual std::string describe() const = 0;

  // May what is found here change without a write, as a directory does when a file system is
  // mounted over it? Then one look is not enough to believe in absence.
  [[nodiscard]] virtual bool may_be_unmounted() const { return true; }

  // May already say `exists`; commit() is the place that decides.
  [[nodiscard]] virtual Result<std::unique_ptr<Upload>> create(std::string_view name) = 0;

  // Streams the object, or the part of it that lies within `range` (which may reach past the end),
  // into `sink`. An error of the sink is passed on unchanged. What the sink got before an error is
  // right but incomplete.
  [[nodiscard]] virtual Result<> read(std::string_view name, ByteRange range, ByteSink& sink) = 0;

  [[nodiscard]] virtual Result<ObjectEntry> stat(std::string_view name) = 0;

  // Calls `visit` for each object in order; its error ends the listing and is returned. A prefix
  // under which nothing lies is an empty listing, not an error; a missing store is `configuration`.
  using Visitor = std::function<Result<>(const ObjectEntry&)>;
  [[nodiscard]] virtual Result<> list(const ListRequest& request, const Visitor& visit) = 0;
};

// Non-empty, at most 900 bytes, printable ASCII, no empty, "." or ".." part, none that starts with
// '.'.
[[nodiscard]] bool valid_object_name(std::string_view name);

// The whole of a small object; larger than `limit` is ErrorKind::corrupt.
[[nodiscard]] Result<Buffer> read_object(Store& store, std::string_view name, std::size_t limit);

// Creates a small object; ErrorKind::exists if the name is taken.
[[nodiscard]] Result<> create_object(Store& store, std::string_view name, ByteView content);

}  // namespace walden
