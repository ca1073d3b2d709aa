#include "basebackup/check_fact.h"

#include <fmt/format.h>

#include <iterator>

namespace walden {

Fact good(std::string_view name, std::string text) {
  return {std::string(name), Verdict::ok, std::move(text), {}};
}

Fact warning(std::string_view name, std::string text, std::string remedy) {
  return {std::string(name), Verdict::warn, std::move(text), std::move(remedy)};
}

Fact failing(std::string_view name, std::string text, std::string remedy) {
  return {std::string(name), Verdict::fail, std::move(text), std::move(remedy)};
}

Fact failing(std::string_view name, const Error& error) {
  return failing(name, error.cause, error.remedy);
}

Fact not_asked(std::string_view name, std::string_view why, std::string remedy) {
  return {std::string(name), Verdict::not_asked, fmt::format("not asked: {}", why),
          std::move(remedy)};
}

void append(Facts& facts, Facts more) {
  facts.insert(facts.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace walden
