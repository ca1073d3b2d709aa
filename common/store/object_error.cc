#include "common/store/object_error.h"

#include <fmt/format.h>

namespace walden {

std::unexpected<Error> object_absent(const Store& store, std::string_view name) {
  return fail(ErrorKind::absent, fmt::format("{} is not in {}", name, store.describe()));
}

std::unexpected<Error> object_exists(const Store& store, std::string_view name) {
  return fail(ErrorKind::exists, fmt::format("{} is in {} already", name, store.describe()));
}

Result<> check_object_name(std::string_view name) {
  if (valid_object_name(name)) return {};
  return fail(ErrorKind::usage, fmt::format("\"{}\" cannot be an object's name", name));
}

}  // namespace walden
