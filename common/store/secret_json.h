// JSON whose strings are wiped when they are no longer needed. (The parser's own scratch buffer for
// the token it is at, which is no string, is not.)
#pragma once

#include <openssl/crypto.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace walden {

template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>& /*other*/) {}  // NOLINT: a rebind is a conversion
  [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* start, std::size_t count) {
    ::OPENSSL_cleanse(start, count * sizeof(T));
    std::allocator<T>().deallocate(start, count);
  }
  bool operator==(const WipingAllocator&) const = default;
};

using WipedString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;
using SecretJson = nlohmann::basic_json<std::map, std::vector, WipedString>;

}  // namespace walden
