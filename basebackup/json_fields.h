// Fields of a JSON object that came from outside, each checked before it is believed.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "common/bytes/instant.h"
#include "common/postgres/lsn.h"

namespace walden {

// Thrown by what is below, and caught by the parser that calls it, as the library's own are.
struct MalformedField {
  std::string what;
};

// The library itself would cut a number to fit, fractions and all.
template <class T>
T count_field(const nlohmann::ordered_json& json, const char* key) {
  const auto& value = json.at(key);
  if (!value.is_number_unsigned()) throw MalformedField{std::string(key) + " is not a count"};
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) {
    throw MalformedField{std::string(key) + " is too large"};
  }
  return static_cast<T>(number);
}

// Microseconds since 1970, before the year 10000.
inline Instant instant_field(const nlohmann::ordered_json& json, const char* key) {
  constexpr std::int64_t kEndOf9999 = 253'402'300'800'000'000;
  const auto microseconds = count_field<std::int64_t>(json, key);
  if (microseconds >= kEndOf9999) throw MalformedField{std::string(key) + " is too large"};
  return {microseconds};
}

inline Lsn lsn_of(const nlohmann::ordered_json& value) {
  const auto lsn = Lsn::parse(value.get<std::string>());
  if (!lsn) throw MalformedField{lsn.error().cause};
  return *lsn;
}

}  // namespace walden
