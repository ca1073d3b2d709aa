#include "common/program/policy_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/program/duration.h"

namespace walden {

const toml::node* PolicyTable::node(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

void PolicyTable::refuse(std::string_view key, const std::string& what) {
  if (!first_error_) return;
  const toml::node* at = table_.get(key);
  const auto line = (at == nullptr ? table_.source() : at->source()).begin.line;
  first_error_ = fail(ErrorKind::configuration,
                      fmt::format("{}:{}: {}{} {}", file_.string(), line, name_, key, what));
}

void PolicyTable::text(std::string_view key, std::string& value) {
  const toml::node* found = node(key);
  if (found == nullptr) return;
  if (const auto text = found->value_exact<std::string>()) {
    value = *text;
  } else {
    refuse(key, "must be a text in quotes");
  }
}

void PolicyTable::path(std::string_view key, std::string& value) {
  text(key, value);
  if (!value.empty()) value = (file_.parent_path() / value).lexically_normal().string();
}

void PolicyTable::texts(std::string_view key, std::vector<std::string>& value) {
  const toml::node* found = node(key);
  if (found == nullptr) return;
  const toml::array* list = found->as_array();
  if (list == nullptr) return refuse(key, "must be a list of texts: [\"...\"]");
  value.clear();
  for (const toml::node& element : *list) {
    const auto text = element.value_exact<std::string>();
    if (!text) return refuse(key, "must be a list of texts: [\"...\"]");
    value.push_back(*text);
  }
}

void PolicyTable::duration(std::string_view key, std::chrono::seconds& value) {
  const toml::node* found = node(key);
  if (found == nullptr) return;
  const std::string text = found->value_exact<std::string>().value_or("");
  const auto duration = parse_duration(text);
  // 7 would be seconds; who writes it under recovery_window means days.
  const bool has_unit = !text.empty() && text.back() >= 'a' && text.back() <= 'z';
  if (!duration || !has_unit) {
    return refuse(key, "must be a duration with its unit, such as \"15min\" or \"7d\"");
  }
  value = *duration;
}

void PolicyTable::count(std::string_view key, unsigned& value, unsigned most) {
  const toml::node* found = node(key);
  if (found == nullptr) return;
  const auto number = found->value_exact<std::int64_t>();
  if (!number || *number < 0 || *number > most) {
    return refuse(key, fmt::format("must be a whole number from 0 to {}", most));
  }
  value = static_cast<unsigned>(*number);
}

const toml::table* PolicyTable::table(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return nullptr;
  if (!found->is_table()) refuse(key, "must be a table");
  return found->as_table();
}

std::vector<const toml::table*> PolicyTable::tables(std::string_view key) {
  std::vector<const toml::table*> tables;
  const toml::node* found = node(key);
  if (found == nullptr) return tables;
  const toml::array* list = found->as_array();
  if (list == nullptr) {
    refuse(key, fmt::format("must be written as [[{}{}]]", name_, key));
    return tables;
  }
  for (const toml::node& element : *list) {
    if (!element.is_table()) refuse(key, fmt::format("must be written as [[{}{}]]", name_, key));
    if (element.is_table()) tables.push_back(element.as_table());
  }
  return tables;
}

Result<> PolicyTable::finish() {
  for (const auto& [key, found] : table_) {
    if (!asked_.contains(key.str())) {
      refuse(key.str(), fmt::format("is not known here; known are: {}", fmt::join(asked_, ", ")));
    }
  }
  return first_error_;
}

}  // namespace walden
